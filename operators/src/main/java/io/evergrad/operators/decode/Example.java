/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.wire.Position;
import java.util.Objects;

/**
 * An example, checked against the network.
 *
 * @param position where it was read
 * @param task the task that it belongs to; empty for the current one
 * @param features as many as the network has inputs, all finite; token ids where it reads tokens
 * @param label its class, in [0, classes); 0 where the network's examples have no labels
 * @param candidates the classes that it may be of, the label among them
 * @param heldOut whether it is for evaluation only
 */
public record Example(
    Position position,
    String task,
    Features features,
    int label,
    Candidates candidates,
    boolean heldOut)
    implements Decoded {

  /** Refuses what is missing. */
  public Example {
    Objects.requireNonNull(position, "position");
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(features, "features");
    Objects.requireNonNull(candidates, "candidates");
  }

  /** An example that may be of any class. */
  public Example(
      final Position position,
      final String task,
      final Features features,
      final int label,
      final boolean heldOut) {
    this(position, task, features, label, Candidates.ALL, heldOut);
  }

  /** The same example under a task's resolved id. */
  public Example withTask(final String id) {
    return id.equals(task) ? this : new Example(position, id, features, label, candidates, heldOut);
  }
}
