/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/**
 * The arguments of a training job, the same for {@code flink run} and for {@code evergrad train}.
 */
public final class TrainingArguments {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file of options; without it, the defaults.")
  private Path file;

  @Option(
      names = "-D",
      paramLabel = "KEY=VALUE",
      description = "Overrides an option of the file; may be given many times.")
  private final Map<String, String> definitions = new LinkedHashMap<>();

  /**
   * Reads and checks what the arguments name.
   *
   * @throws InvalidConfigurationException see {@link JobConfiguration#load(Path, Map)}
   */
  public JobConfiguration configuration() {
    return file == null
        ? JobConfiguration.of(definitions)
        : JobConfiguration.load(file, definitions);
  }
}
