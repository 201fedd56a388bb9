/* SPDX-License-Identifier: Apache-2.0 */
/** What is forgotten over a stream of tasks, by our method and by those it is compared with. */
package io.evergrad.benchmarks.forgetting;
