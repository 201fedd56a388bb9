/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.operators.wire.Position;
import java.util.Objects;

/**
 * An explicit end of a task.
 *
 * @param position where it was read
 * @param task the task that ends; empty for the current one
 */
public record TaskEnd(Position position, String task) implements Decoded {

  /** Refuses what is missing. */
  public TaskEnd {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(task, "task");
  }
}
