/* SPDX-License-Identifier: Apache-2.0 */
/** What the metrics topic tells, and its JSON. */
package io.evergrad.operators.metrics;
