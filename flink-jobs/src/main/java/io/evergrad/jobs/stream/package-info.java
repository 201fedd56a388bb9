/* SPDX-License-Identifier: Apache-2.0 */
/** Streams of tasks made from a data set, and sending them to Kafka. */
package io.evergrad.jobs.stream;
