/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.data.Text;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say which tasks to make, of images or of texts: a mixin. */
final class StreamOptions {
  private static final List<String> OF_IMAGES = List.of("--scenario", "--data", "--tasks");

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      defaultValue = "permuted",
      description =
          "How tasks differ: permuted, rotated, split (each task has classes of its own, all share the "
              + "outputs) or split_task (and outputs of its own) (default: ${DEFAULT-VALUE}).")
  private Scenario scenario;

  @Mixin private TaskOptions tasks;

  @Option(
      names = "--text",
      paramLabel = "PATH",
      description =
          "A text to be a task, instead of images: a file, or a directory of files; may be given many times.")
  private List<Path> texts = new ArrayList<>();

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "Bytes of text that the next is predicted from; examples have one more (default: ${DEFAULT-VALUE}).")
  private int context;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Of everything drawn at random (default: ${DEFAULT-VALUE}).")
  private long seed;

  /** Whether the tasks are texts. */
  boolean ofTexts() {
    return !texts.isEmpty();
  }

  /** What the tasks are, in a word: the scenario, or text. */
  String kind() {
    return ofTexts() ? "text" : scenario.name().toLowerCase(Locale.ROOT);
  }

  /** The network to learn them unless another is asked for. */
  NetworkType network() {
    return ofTexts() ? NetworkType.TRANSFORMER : NetworkType.MLP;
  }

  long seed() {
    return seed;
  }

  /**
   * The stream asked for.
   *
   * @throws ParameterException if a number does not fit the data
   */
  TaskStream stream() throws IOException {
    if (!ofTexts()) {
      refuse(List.of("--context"), "texts: give --text, or leave it out");
      return tasks.stream(tasks.dataset(), scenario, seed);
    }
    refuse(OF_IMAGES, "images, and --text is given: leave one of them out");
    final List<Text> read = new ArrayList<>();
    for (final Path path : texts) {
      read.add(Text.read(path));
    }
    try {
      return new TaskStream(read, context, tasks.examplesPerTask(), seed);
    } catch (final IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void refuse(final List<String> options, final String why) {
    for (final String option : options) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw new ParameterException(spec.commandLine(), option + " is of " + why);
      }
    }
  }
}
