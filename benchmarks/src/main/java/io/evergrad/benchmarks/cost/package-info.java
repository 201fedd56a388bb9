/* SPDX-License-Identifier: Apache-2.0 */
/** What a step costs: by rule, width and batch, beside the cost model, and where its time goes. */
package io.evergrad.benchmarks.cost;
