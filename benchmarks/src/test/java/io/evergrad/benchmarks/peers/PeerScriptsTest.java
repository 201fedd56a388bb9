/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.benchmarks.experiment.Split;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a shell script in Python's place. */
class PeerScriptsTest {
  private static final PrintWriter ERR = new PrintWriter(PrintWriter.nullWriter());

  @TempDir private Path directory;
  private PeerScripts scripts;

  @BeforeEach
  void begin() {
    scripts = new PeerScripts(directory);
  }

  @Test
  void whatIsNoDirectoryOfScriptsIsNamed() {
    assertThatThrownBy(scripts::require)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("--peers");
  }

  @Test
  void aMissingEnvironmentSaysWhatToRun() throws IOException {
    Files.createFile(directory.resolve("setup.sh"));

    assertThatThrownBy(() -> scripts.run("one_task.py", List.of(), ERR))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("environment is missing")
        .hasMessageContaining("run " + directory.resolve("setup.sh"));
  }

  @Test
  void theFiguresAreThoseOfTheLastLine() throws Exception {
    python(
        """
        echo a word before
        echo '{"accuracy": 0.8, "accuracies": [[0.9], [0.75, 0.85]], "forgetting": 0.15,
        "first_loss": 0.7, "examples_per_second": 1234.5}' | tr -d '\\n'
        """);

    assertThat(scripts.run("permuted.py", List.of(), ERR))
        .isEqualTo(new Figures(0.8, List.of(0.75, 0.85), 0.15, 0.7, 1234.5));
  }

  @Test
  void theScriptsGetTheSettingsOfOurMethod() throws Exception {
    python(
        """
        echo "$@" > arguments
        echo '{"accuracy": 0, "first_loss": 0, "examples_per_second": 1}'
        """);
    final Path data = directory.resolve("data");

    new PeerTrials(scripts, data, ERR)
        .run(new Trial(Matchup.EWC, Side.PEER, 7, Split.VALIDATION, 5, 600, 1000, 1));

    assertThat(directory.resolve("arguments"))
        .content()
        .isEqualToIgnoringNewLines(
            "permuted.py --rate 0.002 --momentum 0.95 --weight-decay 0.0 --seed 7 --threads 1"
                + " --method ewc --data "
                + data
                + " --split validation --examples-per-task 600 --tasks 5 --strength 1000.0");
  }

  @Test
  void aScriptThatFailsIsNamedWithItsExitCode() throws Exception {
    python("exit 9");

    assertThatThrownBy(() -> scripts.run("one_task.py", List.of("--seed", "1"), ERR))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("one_task.py --seed 1 ended with exit code 9");
  }

  @Test
  void whatIsNoFigureIsQuoted() throws Exception {
    python("echo Traceback");
    assertThatThrownBy(() -> scripts.run("one_task.py", List.of(), ERR))
        .hasMessageContaining("one_task.py printed \"Traceback\"");
    python("echo '{\"accuracy\": \"high\"}'");
    assertThatThrownBy(() -> scripts.run("one_task.py", List.of(), ERR))
        .hasMessageContaining("expected a number accuracy");
    python("true");
    assertThatThrownBy(() -> scripts.run("one_task.py", List.of(), ERR))
        .hasMessageContaining("printed nothing");
  }

  private void python(final String script) throws IOException {
    final Path bin = Files.createDirectories(directory.resolve("venv").resolve("bin"));
    final Path python = bin.resolve("python");
    Files.writeString(python, "#!/bin/sh\n" + script);
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));
    if (Files.notExists(directory.resolve("setup.sh"))) {
      Files.createFile(directory.resolve("setup.sh"));
    }
  }
}
