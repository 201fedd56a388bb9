/* SPDX-License-Identifier: Apache-2.0 */
/** How close curvatures come to the exact one, and what they cost. */
package io.evergrad.benchmarks.fidelity;
