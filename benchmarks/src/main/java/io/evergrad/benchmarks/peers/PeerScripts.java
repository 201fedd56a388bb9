/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The peers' Python scripts, in the environment that their {@code setup.sh} makes.
 *
 * @param directory that holds them: {@code benchmarks/peers} of a clone
 */
record PeerScripts(Path directory) {

  PeerScripts {
    Objects.requireNonNull(directory, "directory");
  }

  /**
   * @throws IOException if the environment is missing, with what to do
   */
  void require() throws IOException {
    if (!Files.isRegularFile(directory.resolve("setup.sh"))) {
      throw new IOException(
          directory
              + " holds no setup.sh: expected the directory benchmarks/peers of the repository; start"
              + " from the repository's root, or name it by --peers");
    }
    if (!Files.isExecutable(python())) {
      throw new IOException(
          "the peers' Python environment is missing: "
              + python()
              + " does not exist; run "
              + directory.resolve("setup.sh")
              + " once, which needs Python 3.11 and a package index");
    }
  }

  /**
   * Runs a script to its end; its stderr is ours.
   *
   * @throws IOException if it fails, or prints something else than figures
   * @throws InterruptedException if interrupted; the script is stopped then
   */
  Figures run(final String script, final List<String> arguments, final PrintWriter err)
      throws IOException, InterruptedException {
    require();
    final List<String> command = new ArrayList<>();
    command.add(python().toAbsolutePath().toString());
    command.add(script);
    command.addAll(arguments);
    err.flush();
    final Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      final String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      final int code = process.waitFor();
      if (code != 0) {
        throw new IOException(
            String.join(" ", command) + " ended with exit code " + code + ": see its own message");
      }
      return Figures.parse(script, output);
    } finally {
      process.destroy();
    }
  }

  private Path python() {
    return directory.resolve("venv").resolve("bin").resolve("python");
  }
}
