/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.experiment.Archive;
import io.evergrad.benchmarks.experiment.Images;
import io.evergrad.benchmarks.experiment.ImagesAndTexts;
import io.evergrad.benchmarks.experiment.Texts;
import io.evergrad.benchmarks.experiment.Trust;
import io.evergrad.benchmarks.text.TextDomains;
import io.evergrad.jobs.cli.DataOption;
import io.evergrad.jobs.data.IdxDataset;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that say on what, where and how many at a time experiments run: a mixin. */
final class LaboratoryOptions {
  @Mixin private DataOption data;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "Runs at a time, a thread each (default: the number of processors).")
  private Integer workers;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      defaultValue = "evergrad-results/runs.jsonl",
      description = "Outcomes so far, and from now on (default: ${DEFAULT-VALUE}).")
  private Path log;

  /** Whether a directory of images is named. */
  boolean imagesGiven() {
    return data.given();
  }

  /** The images that streams are made of. */
  IdxDataset images() throws IOException {
    return data.dataset();
  }

  /**
   * Runs at a time.
   *
   * @throws ParameterException of the command, if there are none
   */
  int workers(final CommandSpec command) {
    final int threads = workers == null ? Runtime.getRuntime().availableProcessors() : workers;
    if (threads < 1) {
      throw new ParameterException(
          command.commandLine(), "workers " + threads + ": expected at least 1");
    }
    return threads;
  }

  /**
   * What is known of experiments on the images, and on texts.
   *
   * @throws IOException if the log cannot be read or is in use
   */
  Archive archive(final IdxDataset images, final Trust trust) throws IOException {
    return Archive.open(
        new ImagesAndTexts(new Images(images), new Texts(TextDomains.load(), TextDomains.CONTEXT)),
        log,
        trust);
  }
}
