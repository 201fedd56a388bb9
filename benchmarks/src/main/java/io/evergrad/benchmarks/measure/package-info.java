/* SPDX-License-Identifier: Apache-2.0 */
/** What every measurement needs: medians, the machine, the version of the code. */
package io.evergrad.benchmarks.measure;
