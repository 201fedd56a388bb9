/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ./evergrad} as a user runs it, with home, temporary and working directories of its own.
 * The script is the real one, in a tree where all is built.
 */
final class Launcher {
  private static final Path SCRIPT = Path.of("..", "evergrad");
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  private final Path directory;
  private final Path script;

  Launcher(final Path directory) throws IOException {
    this.directory = directory;
    final Path target = Files.createDirectories(directory.resolve("tree/flink-jobs/target"));
    final Path distribution = Files.createDirectories(target.resolve("dist"));
    script = directory.resolve("tree/evergrad");
    Files.copy(SCRIPT, script, StandardCopyOption.COPY_ATTRIBUTES);
    Files.createSymbolicLink(target.resolve("classes"), TARGET.resolve("classes"));
    Files.createSymbolicLink(distribution.resolve("lib"), TARGET.resolve("dist/lib"));
    Files.createFile(distribution.resolve(".built"));
    for (final Path own : List.of(home(), temporary(), work())) {
      Files.createDirectory(own);
    }
  }

  Path home() {
    return directory.resolve("home");
  }

  Path temporary() {
    return directory.resolve("tmp");
  }

  Path work() {
    return directory.resolve("work");
  }

  Path output() {
    return directory.resolve("stdout");
  }

  Path errors() {
    return directory.resolve("stderr");
  }

  Process start(final String... arguments) throws IOException {
    final List<String> command = new ArrayList<>();
    command.add(script.toString());
    command.addAll(List.of(arguments));
    final ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(work().toFile())
            .redirectOutput(output().toFile())
            .redirectError(errors().toFile());
    builder.environment().remove("XDG_CACHE_HOME");
    builder.environment().put("HOME", home().toString());
    builder.environment().put("TMPDIR", temporary().toString());
    builder.environment().put("DJL_CACHE_DIR", Utils.getCacheDir().toString());
    // What a JVM takes for the user's home does not come from HOME; the script's options go first.
    builder
        .environment()
        .put("JAVA_TOOL_OPTIONS", "-Duser.home=" + home() + " -Djava.io.tmpdir=" + temporary());
    return builder.start();
  }
}
