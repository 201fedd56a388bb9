/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.store.LocalModelStore;
import io.evergrad.store.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says where the model store is. */
final class StoreLocation {
  @Option(
      names = "--store",
      paramLabel = "DIR",
      defaultValue = "evergrad-models",
      description = "Directory of the model store (default: ${DEFAULT-VALUE}).")
  private Path directory;

  /**
   * The store there.
   *
   * @throws IOException if there is no such directory
   */
  ModelStore open() throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(
          "no model store at " + directory + ": name its directory with --store");
    }
    return new LocalModelStore(directory);
  }
}
