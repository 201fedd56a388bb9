/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class TrialCommandTest {
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  @Test
  void wrongArgumentsAreNamedBeforeAnythingRuns() {
    refuses("no table permuted: expected one of one-task", "--table=permuted");
    refuses("no method of table one-task ours", "--table=one-task", "--method=ours");
    refuses("expected a key and values", "--table=permuted-5", "--set=protection.memory");
    refuses(
        "--set protection.memory is given twice",
        "--table=permuted-5",
        "--set=protection.memory=1",
        "--set=protection.memory=2");
    refuses(
        "did you mean evergrad.protection.memory?",
        "--table=permuted-5",
        "--set=protection.memorie=1");
    refuses(
        "memory -1.0: expected at least 0", "--table=permuted-5", "--set=protection.memory=1,-1");
    refuses("seeds [4, 4]", "--table=permuted-5", "--seeds=4,4");
    refuses("0 tasks", "--table=permuted-5", "--tasks=0");
    refuses("workers 0", "--table=permuted-5", "--workers=0");
    assertThat(directory).isEmptyDirectory();
  }

  private void refuses(final String because, final String... arguments) {
    err.getBuffer().setLength(0);
    final int code =
        Benchmarks.commandLine()
            .setErr(new PrintWriter(err, true))
            .execute(
                Stream.concat(
                        Stream.of("trial", "--log=" + directory.resolve("runs.jsonl")),
                        Stream.of(arguments))
                    .toArray(String[]::new));

    assertThat(code).as(because).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains(because);
  }
}
