/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Which version of the store a job begins with.
 *
 * @param origin nothing, the highest version, or one by number
 * @param version the number, for {@link Origin#VERSION} only; at least 1
 */
public record StartFrom(Origin origin, OptionalLong version) {
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,17}");

  /** Where parameters come from. */
  public enum Origin {
    /** Freshly initialised parameters. */
    NONE,
    /** The highest version in the store; an empty store is an error. */
    LATEST,
    /** The version with a given number. */
    VERSION
  }

  /** Reads {@code none}, {@code latest} or a number from 1; empty if it is none of these. */
  static Optional<StartFrom> parse(final String text) {
    if ("none".equals(text)) {
      return Optional.of(new StartFrom(Origin.NONE, OptionalLong.empty()));
    }
    if ("latest".equals(text)) {
      return Optional.of(new StartFrom(Origin.LATEST, OptionalLong.empty()));
    }
    if (NUMBER.matcher(text).matches()) {
      return Optional.of(new StartFrom(Origin.VERSION, OptionalLong.of(Long.parseLong(text))));
    }
    return Optional.empty();
  }
}
