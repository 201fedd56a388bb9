/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evergrad.jobs.embedded.EmbeddedKafka;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StreamCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  @Test
  void sendsTheBundledDataAndPrintsCountsAsJson() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory)) {
      final int code =
          run(
              "stream --bootstrap-servers %s --scenario SPLIT --examples-per-task 300 --json"
                  .formatted(kafka.bootstrapServers()));

      assertThat(err.toString()).doesNotContain("evergrad:");
      assertThat(code).isEqualTo(Evergrad.DONE);
    }
    final JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("tasks").intValue()).isEqualTo(5);
    assertThat(json.get("examples").intValue()).isEqualTo(1500);
    assertThat(json.get("held_out").intValue()).isEqualTo(2000);
    assertThat(json.get("scenario").textValue()).isEqualTo("split");
  }

  @Test
  void sendsTextsEachAsATask() throws Exception {
    Files.writeString(directory.resolve("one.txt"), "x".repeat(9 * 16));
    Files.createDirectory(directory.resolve("two"));
    Files.writeString(directory.resolve("two/part"), "y".repeat(9 * 32));
    try (EmbeddedKafka kafka = EmbeddedKafka.start(directory.resolve("kafka"))) {
      assertThat(
              run(
                  "stream --bootstrap-servers %s --text %s --text %s --context 8 --json"
                      .formatted(
                          kafka.bootstrapServers(),
                          directory.resolve("one.txt"),
                          directory.resolve("two"))))
          .as(err.toString())
          .isEqualTo(Evergrad.DONE);
    }
    final JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("scenario").textValue()).isEqualTo("text");
    assertThat(json.get("tasks").intValue()).isEqualTo(2);
    assertThat(json.get("examples").intValue()).isEqualTo(15 + 30);
    assertThat(json.get("held_out").intValue()).isEqualTo(1 + 2);
  }

  @Test
  void optionsOfImagesAndOfTextsExcludeEachOther() {
    assertThat(run("stream --text a.txt --tasks 3")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(err.toString()).contains("--tasks is of images");
    assertThat(run("stream --context 3")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(err.toString()).contains("--context is of texts");
    assertThat(run("demo --network transformer")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(err.toString()).contains("the stream is of images");
    assertThat(run("stream --text " + directory.resolve("none"))).isEqualTo(Evergrad.FAILED);
  }

  @Test
  void wrongArgumentsAreCodeTwo() {
    assertThat(run("stream --scenario split --tasks 3")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(err.toString()).contains("10 classes do not divide evenly among 3 tasks");
    assertThat(run("stream --rate 0")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(run("stream --nonsense")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(run("")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aFailureIsOneLineAndCodeOne() {
    assertThat(run("stream --data " + directory)).isEqualTo(Evergrad.FAILED);

    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("evergrad: ")
        .contains("train-images-idx3-ubyte.gz");
  }

  @Test
  void verboseAddsTheStackTrace() {
    assertThat(run("stream --verbose --data " + directory)).isEqualTo(Evergrad.FAILED);

    assertThat(err.toString()).contains("NoSuchFileException").contains("at io.evergrad");
  }

  private int run(final String arguments) {
    final CommandLine commandLine =
        Evergrad.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
    return arguments.isEmpty() ? commandLine.execute() : commandLine.execute(arguments.split(" "));
  }
}
