/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.operators.wire.Position;

/** A record that was understood. Immutable. */
public sealed interface Decoded extends Decoding permits Example, TaskEnd {

  /** Where it was read. */
  Position position();

  /** The task's id; empty for the current task. */
  String task();
}
