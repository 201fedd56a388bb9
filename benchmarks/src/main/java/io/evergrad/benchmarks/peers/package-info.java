/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Our baselines beside the real thing: the same experiments by PyTorch and Avalanche, which run as
 * Python scripts in {@code benchmarks/peers}.
 */
package io.evergrad.benchmarks.peers;
