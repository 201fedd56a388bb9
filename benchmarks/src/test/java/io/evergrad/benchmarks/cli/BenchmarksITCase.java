/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Both commands, whole, on little data. */
class BenchmarksITCase {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void throughputTimesTheSameExamplesInTheLoopAndInTheJob() throws Exception {
    // Two tasks of 24 steps, of which the first 20 are not timed.
    final int code =
        run(
            "throughput",
            "--learner=adam",
            "--protection=ewc",
            "--tasks=2",
            "--examples-per-task=3000",
            "--repetitions=1",
            "--json");

    assertThat(code).as(err.toString()).isZero();
    final JsonNode json = JSON.readTree(out.toString());
    for (final String run :
        new String[] {"bare_loop", "job_topic_filled_beforehand", "job_while_sender_runs"}) {
      assertThat(json.at("/" + run + "/runs/0/examples").intValue())
          .as(run)
          .isEqualTo(6_000 - 20 * 128);
      assertThat(json.at("/" + run + "/examples_per_second").doubleValue()).isPositive();
    }
    assertThat(json.at("/job_topic_filled_beforehand/ratio").doubleValue())
        .isEqualTo(
            json.at("/job_topic_filled_beforehand/examples_per_second").doubleValue()
                / json.at("/bare_loop/examples_per_second").doubleValue());
  }

  @Test
  void forgettingWritesItsTablesAndRunsNothingTwice(@TempDir final Path output) throws Exception {
    final String[] arguments = {
      "forgetting",
      "--tasks=2",
      "--examples-per-task=200",
      "--seeds=4,5",
      "--output=" + output,
      "--json"
    };

    assertThat(run(arguments)).as(err.toString()).isZero();
    final JsonNode first = JSON.readTree(out.toString());
    final long runs = Files.lines(output.resolve("runs.jsonl")).count();
    out.getBuffer().setLength(0);
    assertThat(run(arguments)).as(err.toString()).isZero();

    assertThat(JSON.readTree(out.toString())).isEqualTo(first);
    assertThat(Files.lines(output.resolve("runs.jsonl"))).hasSize((int) runs);
    assertThat(JSON.readTree(output.resolve("forgetting.json").toFile())).isEqualTo(first);
    assertThat(output.resolve("forgetting.md")).content().contains("| symmetry+symmetry, defaults");
    // Too little is learned for the bars.
    assertThat(first.at("/bars_apply").booleanValue()).isFalse();
    assertThat(run("forgetting", "--check", arguments[1], arguments[2], arguments[3], arguments[4]))
        .isEqualTo(Benchmarks.MISSED);
  }

  @Test
  void wrongArgumentsAreRefusedBeforeAnythingRuns(@TempDir final Path output) {
    assertThat(run("forgetting", "--tasks=0", "--output=" + output))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(run("forgetting", "--seeds=101", "--output=" + output))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(run("throughput", "--repetitions=0")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(output).isEmptyDirectory();
  }

  private int run(final String... arguments) {
    return Benchmarks.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
