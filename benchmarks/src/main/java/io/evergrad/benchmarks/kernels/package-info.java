/* SPDX-License-Identifier: Apache-2.0 */
/** JMH benchmarks of what steps are made of. */
package io.evergrad.benchmarks.kernels;
