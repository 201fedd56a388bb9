/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a measurement ran on.
 *
 * @param cores processors that this JVM may use
 * @param cpu the processor's name, or its architecture where no name is to be had
 * @param jvm name and version of the virtual machine
 * @param os name, version and architecture of the operating system
 * @param heapMiB the largest heap that this JVM may use, in MiB
 */
public record Machine(int cores, String cpu, String jvm, String os, long heapMiB) {
  private static final Path LINUX = Path.of("/proc/cpuinfo");

  /** This machine. */
  public static Machine current() {
    return new Machine(
        Runtime.getRuntime().availableProcessors(),
        linux().or(Machine::mac).orElseGet(() -> System.getProperty("os.arch")),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"),
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + " "
            + System.getProperty("os.arch"),
        Runtime.getRuntime().maxMemory() >> 20);
  }

  /**
   * How many processes wanted a processor during the last minute, on average; below 0 where the
   * system does not tell. What runs beside a measurement spoils it.
   */
  public static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /** In one line. */
  @Override
  public String toString() {
    return "%d cores of %s; %s, heap up to %d MiB; %s".formatted(cores, cpu, jvm, heapMiB, os);
  }

  private static Optional<String> linux() {
    try (Stream<String> lines = Files.lines(LINUX)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst();
    } catch (final IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> mac() {
    try {
      final Process process =
          new ProcessBuilder("sysctl", "-n", "machdep.cpu.brand_string").start();
      final String name =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return name.isEmpty() ? Optional.empty() : Optional.of(name);
    } catch (final IOException e) {
      return Optional.empty();
    }
  }
}
