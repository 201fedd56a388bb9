/* SPDX-License-Identifier: Apache-2.0 */
/** The whole system in one JVM: a broker, a Flink cluster, a stream of tasks, a report. */
package io.evergrad.jobs.demo;
