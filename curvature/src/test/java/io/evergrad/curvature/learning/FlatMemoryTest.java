/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Native memory must not grow with the stream. Measured in a JVM of its own, whose heap is fixed
 * and touched at the start, whose compiler is the plain one, and whose allocator has one arena:
 * what then grows is what the steps leave behind.
 */
class FlatMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** 131 bytes a step: less than one small array with its tensor's header. */
  private static final long BOUND_KIB = 1024;

  @Test
  void residentSetStaysFlat() throws IOException, InterruptedException {
    assumeThat(STATUS).exists();
    final ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Stream.class.getName())
            .redirectError(Redirect.INHERIT);
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    final Process process = builder.start();
    final String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("exit code").isZero();
    final List<Long> resident = output.lines().map(Long::valueOf).toList();

    assertThat(resident).hasSize(2).allMatch(kib -> kib > 64 * 1024);
    assertThat(resident.get(1) - resident.get(0))
        .as("growth of the resident set over 8,000 steps, %s KiB", resident)
        .isLessThan(BOUND_KIB);
  }

  /** Prints the resident set in KiB after 2,000 and after 10,000 steps. */
  static final class Stream {

    private Stream() {}

    public static void main(final String[] arguments) throws IOException {
      final ToyStream stream = new ToyStream(8, 3, 1);
      final LearnerSettings settings =
          LearnerSettings.builder(new MlpSpec(8, List.of(8), 3, Activation.RELU)).build();
      try (OnlineLearner learner = OnlineLearner.create(settings)) {
        for (int step = 1; step <= 10_000; step++) {
          learner.step(stream.next(4));
          if (step % 500 == 0) {
            learner.endTask();
          }
          if (step == 2_000 || step == 10_000) {
            System.out.println(residentKib());
          }
        }
      }
    }

    private static long residentKib() throws IOException {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
