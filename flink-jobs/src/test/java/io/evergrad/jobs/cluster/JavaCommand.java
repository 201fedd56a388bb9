/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a JVM is started, by the same Java as this one.
 *
 * @param options of the JVM
 * @param classPath as {@code -cp} takes it
 * @param main the class to run
 * @param arguments of the program
 */
record JavaCommand(List<String> options, String classPath, String main, List<String> arguments) {

  List<String> line() {
    final List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Otherwise a JVM that is killed leaves a file where all JVMs look.
    line.add("-XX:-UsePerfData");
    line.addAll(options);
    line.addAll(List.of("-cp", classPath, main));
    line.addAll(arguments);
    return line;
  }
}
