/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PeersCommandTest {
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  @Test
  void aMissingEnvironmentIsToldBeforeAnythingRuns() throws Exception {
    Files.createFile(directory.resolve("setup.sh"));

    assertThat(run("--peers=" + directory)).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(err.toString()).contains("run " + directory.resolve("setup.sh"));
    assertThat(directory.resolve("work")).doesNotExist();
    assertThat(directory.resolve("output")).doesNotExist();
  }

  @Test
  void oneSeedIsRefused() {
    assertThat(run("--seeds=1")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("expected two or more");
  }

  private int run(final String argument) {
    return Benchmarks.commandLine()
        .setErr(new PrintWriter(err, true))
        .execute(
            "peers",
            "--data=" + directory,
            "--work=" + directory.resolve("work"),
            "--output=" + directory.resolve("output"),
            argument);
  }
}
