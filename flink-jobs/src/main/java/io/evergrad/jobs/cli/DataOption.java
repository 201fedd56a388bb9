/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that says which images to learn: a mixin. */
public final class DataOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "Directory of the four standard IDX gz files (default: the bundled part of Fashion-MNIST).")
  private Path data;

  /** Whether a directory is named. */
  public boolean given() {
    return data != null;
  }

  /**
   * The data set asked for.
   *
   * @throws IOException if it cannot be read
   */
  public IdxDataset dataset() throws IOException {
    return given() ? IdxDataset.read(data) : BundledFashionMnist.load();
  }
}
