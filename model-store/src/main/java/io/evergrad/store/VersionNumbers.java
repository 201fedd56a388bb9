/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Version numbers as names of files: at least eight digits, so that they sort. */
final class VersionNumbers {

  private static final Pattern NAME = Pattern.compile("[0-9]{8,18}");

  private VersionNumbers() {}

  static String name(final long number) {
    return String.format(Locale.ROOT, "%08d", number);
  }

  /** The numbers that name something in a directory, ascending; none if it does not exist. */
  static List<Long> in(final Path directory) throws IOException {
    try (Stream<Path> children = Files.list(directory)) {
      return children
          .map(child -> child.getFileName().toString())
          .filter(name -> NAME.matcher(name).matches())
          .filter(name -> name(Long.parseLong(name)).equals(name) && Long.parseLong(name) > 0)
          .map(Long::valueOf)
          .sorted()
          .toList();
    } catch (final NoSuchFileException e) {
      return List.of();
    }
  }
}
