/* SPDX-License-Identifier: Apache-2.0 */
/** Learning from the stream: micro-batches, ends of tasks, checkpoints. */
package io.evergrad.operators.learner;
