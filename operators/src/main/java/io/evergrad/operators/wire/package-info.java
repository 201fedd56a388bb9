/* SPDX-License-Identifier: Apache-2.0 */
/** What is in Kafka: records as they are received, and the messages in them. */
package io.evergrad.operators.wire;
