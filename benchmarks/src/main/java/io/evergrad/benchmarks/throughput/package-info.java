/* SPDX-License-Identifier: Apache-2.0 */
/** What the way from Kafka to updated parameters costs beside the steps themselves. */
package io.evergrad.benchmarks.throughput;
