/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.nio.file.Path;

/** A file of a version is missing, or is not what was published. */
public final class CorruptVersionException extends StoreException {

  private static final long serialVersionUID = 1L;

  private final String file;

  CorruptVersionException(final Path file, final String problem) {
    super(message(file, problem));
    this.file = file.toString();
  }

  CorruptVersionException(final Path file, final String problem, final Throwable cause) {
    super(message(file, problem), cause);
    this.file = file.toString();
  }

  /** The damaged file. */
  public Path file() {
    return Path.of(file);
  }

  private static String message(final Path file, final String problem) {
    return file + ": " + problem + "; use another version, or restore the file from a copy";
  }
}
