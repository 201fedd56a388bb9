/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The commands, whole, on little data. */
class BenchmarksITCase {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void throughputTimesTheSameExamplesInTheLoopAndInTheJob() throws Exception {
    // Two tasks, of which the first is not timed.
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
        new String[] {
          "bare_loop",
          "bare_loop_steps_alone",
          "job_topic_filled_beforehand",
          "job_while_sender_runs"
        }) {
      assertThat(json.at("/" + run + "/runs/0/examples").intValue()).as(run).isEqualTo(3_000);
      assertThat(json.at("/" + run + "/examples_per_second").doubleValue()).isPositive();
    }
    assertThat(json.at("/job_topic_filled_beforehand/ratio").doubleValue())
        .isEqualTo(
            json.at("/job_topic_filled_beforehand/examples_per_second").doubleValue()
                / json.at("/bare_loop/examples_per_second").doubleValue());
    assertThat(json.at("/job_topic_filled_beforehand/ratios_to_steps_alone/0").doubleValue())
        .isPositive()
        .isLessThan(json.at("/job_topic_filled_beforehand/ratio").doubleValue());
  }

  @Test
  void resultsFillTheirTablesAndRunNothingTwice(@TempDir final Path output) throws Exception {
    final String[] arguments = results(output);

    assertThat(run(arguments)).as(err.toString()).isZero();
    final String first = out.toString();
    final long runs = Files.lines(output.resolve("runs.jsonl")).count();
    final byte[] chart = Files.readAllBytes(output.resolve("results/one-task.png"));
    out.getBuffer().setLength(0);
    assertThat(run(arguments)).as(err.toString()).isZero();

    assertThat(out.toString()).isEqualTo(first);
    assertThat(output.resolve("results.md")).hasContent(first.strip());
    assertThat(Files.lines(output.resolve("runs.jsonl"))).hasSize((int) runs);
    assertThat(output.resolve("results/one-task.png")).hasBinaryContent(chart);
    assertThat(first).contains("| AdamW |", "| Evergrad, untuned | defaults |", "| EWC |");
    assertThat(first).contains("A quick run on next to nothing", "not decided");
    // Of AdamW two rates and a run for each seed; and so on. The header is a line, too.
    assertThat(Files.readAllLines(output.resolve("results/one-task.csv"))).hasSize(1 + 4 + 2);
    assertThat(Files.readAllLines(output.resolve("results/split-domain-5.csv")))
        .hasSize(1 + 4 + 8 + 4);
    // 200 examples are two steps.
    assertThat(Files.readAllLines(output.resolve("results/one-task-curves.csv")))
        .hasSize(1 + 2 * 2 * 2);
    assertThat(run(with(arguments, "--check"))).isEqualTo(Benchmarks.MISSED);
  }

  @Test
  void resultsOfTextsAreLosses(@TempDir final Path output) throws Exception {
    assertThat(
            run(
                "results",
                "--quick",
                "--tables=one-text,texts-3",
                "--methods=adamw,kfac-laplace,replay-200,ours-defaults,joint",
                "--seeds=4",
                "--out=" + output,
                "--log=" + output.resolve("runs.jsonl")))
        .as(err.toString())
        .isZero();

    assertThat(out.toString())
        .contains("Learned: 2 texts, 32 windows of each, judged by 16 windows held out of each.")
        .contains("| AdamW |", "| K-FAC Laplace |", "| Evergrad, untuned | defaults |");
    assertThat(err.toString())
        .containsPattern("texts-3: ours-defaults, .*: average loss \\d\\.\\d+,");
    assertThat(Files.readAllLines(output.resolve("results/texts-3.csv")))
        .hasSize(1 + 3 + 7 + 3 + 1 + 3);
    assertThat(output.resolve("results/texts-3.png")).isNotEmptyFile();
  }

  @Test
  void severalWorkersChangeNothingButTheTimes(@TempDir final Path output) throws Exception {
    assertThat(run(with(results(output.resolve("one")), "--workers=1"))).isZero();
    assertThat(run(with(results(output.resolve("four")), "--workers=4"))).isZero();

    assertThat(outcomes(output.resolve("four")))
        .hasSizeGreaterThan(10)
        .isEqualTo(outcomes(output.resolve("one")));
  }

  @Test
  void whatIsNotLoggedIsPlannedAndNotRendered(@TempDir final Path output) throws Exception {
    assertThat(run(with(results(output), "--render"))).as(err.toString()).isZero();
    assertThat(out.toString()).contains("# Results").doesNotContain("| AdamW");
    assertThat(run(with(results(output), "--plan"))).as(err.toString()).isZero();
    assertThat(out.toString()).containsPattern("one-task +6 runs, about \\d+ min");
    assertThat(output.resolve("runs.jsonl")).isEmptyFile();
  }

  @Test
  void aTrialVariesSettingsAndRunsNothingTwice(@TempDir final Path output) throws Exception {
    final String[] arguments = {
      "trial",
      "--table=permuted-5",
      "--set=protection.memory=0,0.03",
      "--set=learner.decay=0.99",
      "--seeds=4,5",
      "--tasks=2",
      "--examples-per-task=200",
      "--log=" + output.resolve("runs.jsonl")
    };

    assertThat(run(arguments)).as(err.toString()).isZero();
    final String first = out.toString();
    out.getBuffer().setLength(0);
    assertThat(run(arguments)).as(err.toString()).isZero();

    assertThat(out.toString()).isEqualTo(first);
    assertThat(first.lines())
        .hasSize(4)
        .anyMatch(line -> line.startsWith("| decay 0.99, memory 0 |"))
        .anyMatch(line -> line.startsWith("| decay 0.99, memory 0.03 |"));
    assertThat(Files.lines(output.resolve("runs.jsonl")))
        .hasSize(4)
        .allMatch(line -> line.contains("VALIDATION"));
    assertThat(err.toString()).contains("[4 of 4, ETA 0:00:00] permuted-5: ours-defaults");
  }

  @Test
  void wrongArgumentsAreRefusedBeforeAnythingRuns(@TempDir final Path output) {
    for (final String wrong :
        new String[] {"--tables=unknown", "--methods=unknown", "--seeds=101", "--workers=0"}) {
      assertThat(run("results", wrong, "--out=" + output, "--log=" + output.resolve("log")))
          .as(wrong)
          .isEqualTo(CommandLine.ExitCode.USAGE);
    }
    assertThat(run("throughput", "--repetitions=0")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(run("throughput", "--tasks=1")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(output).isEmptyDirectory();
  }

  private static String[] results(final Path output) {
    return new String[] {
      "results",
      "--quick",
      "--tables=one-task,split-domain-5",
      "--methods=adamw,symmetry-defaults,ewc,replay-200",
      "--seeds=4,5",
      "--out=" + output,
      "--log=" + output.resolve("runs.jsonl")
    };
  }

  private static String[] with(final String[] arguments, final String another) {
    final String[] more = Arrays.copyOf(arguments, arguments.length + 1);
    more[arguments.length] = another;
    return more;
  }

  /** What came of each experiment, but for times. */
  private static Map<JsonNode, JsonNode> outcomes(final Path output) throws IOException {
    final Map<JsonNode, JsonNode> outcomes = new HashMap<>();
    for (final String line : Files.readAllLines(output.resolve("runs.jsonl"))) {
      final JsonNode logged = JSON.readTree(line);
      final ObjectNode outcome = (ObjectNode) logged.get("outcome");
      outcome.remove(List.of("learningSeconds", "examplesPerSecond", "seconds"));
      outcomes.put(logged.get("experiment"), outcome);
    }
    return outcomes;
  }

  private int run(final String... arguments) {
    return Benchmarks.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
