/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.ModelStore;
import io.evergrad.store.ModelVersion;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The stored version that a model starts from where there is no checkpoint to go on from.
 *
 * @param origin none, the latest, the latest if there is one, or one by its number
 * @param number the version's number, for {@link Origin#NUMBER} only; otherwise 0
 */
public record StartingVersion(Origin origin, long number) implements Serializable {
  /** Fresh parameters. */
  public static final StartingVersion NONE = new StartingVersion(Origin.NONE, 0);

  /** The version with the highest number; a store without any is an error. */
  public static final StartingVersion LATEST = new StartingVersion(Origin.LATEST, 0);

  /** The version with the highest number, or fresh parameters from a store without any. */
  public static final StartingVersion LATEST_OR_NONE =
      new StartingVersion(Origin.LATEST_OR_NONE, 0);

  /** Where parameters come from. */
  public enum Origin {
    NONE,
    LATEST,
    LATEST_OR_NONE,
    NUMBER
  }

  /**
   * @throws IllegalArgumentException if the number does not fit the origin
   */
  public StartingVersion {
    Objects.requireNonNull(origin, "origin");
    if (origin == Origin.NUMBER ? number < 1 : number != 0) {
      throw new IllegalArgumentException(
          "version " + number + " to start from: expected at least 1, or none");
    }
  }

  /** The version with a number. */
  public static StartingVersion number(final long number) {
    return new StartingVersion(Origin.NUMBER, number);
  }

  /**
   * Reads it from a store.
   *
   * @return empty for {@link #NONE}, and for {@link #LATEST_OR_NONE} where there is no version
   * @throws UncheckedIOException if there is no such version, or it is damaged
   * @throws IllegalArgumentException if it is of another network
   */
  public Optional<LearnerSnapshot> read(
      final String root, final String model, final LearnerSettings settings) {
    if (origin == Origin.NONE) {
      return Optional.empty();
    }
    final ModelStore store = new LocalModelStore(Path.of(root));
    try {
      if (origin == Origin.LATEST_OR_NONE && store.latestNumber(model).isEmpty()) {
        return Optional.empty();
      }
      final ModelVersion version =
          origin != Origin.NUMBER ? store.latest(model) : store.read(model, number);
      return Optional.of(VersionContents.snapshot(version, settings));
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
