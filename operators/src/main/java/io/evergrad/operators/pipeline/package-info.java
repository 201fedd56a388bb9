/* SPDX-License-Identifier: Apache-2.0 */
/** The whole training job. */
package io.evergrad.operators.pipeline;
