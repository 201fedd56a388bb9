/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.operators.metrics.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long nanos = -5;

  @Test
  void aTerminalIsDrawnOverAndWipedClean() {
    try (ProgressLine line = new ProgressLine(out, true, 4000, () -> nanos)) {
      nanos += 60_000_000_000L;
      line.show(new Progress("m", "t10", 1, 1000, 0.8125, 0.5, 12345.6));
      nanos += 1;
      line.show(new Progress("m", "t10", 2, 1001, 0.1, 0.1, 1));
      nanos += 60_000_000_000L;
      line.show(new Progress("m", "t2", 2, 4000, 0.9, 0.25, 1));
    }

    final String[] drawings = text().split("\r");
    assertThat(drawings).hasSize(3);
    assertThat(drawings[1])
        .isEqualTo("task t10  1,000 examples  12,346/s  accuracy 0.813  loss 0.500  ETA 3:00");
    assertThat(drawings[2].stripTrailing())
        .isEqualTo("task t2  4,000 examples  1/s  accuracy 0.900  loss 0.250  ETA 0:00");
    assertThat(drawings[2].replace("\n", "")).hasSameSizeAs(drawings[1]);
    assertThat(text()).endsWith("\n");
  }

  @Test
  void elsewhereItIsAPlainLineEveryFiveSecondsAndTheLastOne() {
    try (ProgressLine line = new ProgressLine(out, false, 0, () -> nanos)) {
      for (int i = 1; i <= 12; i++) {
        line.show(new Progress("m", "t1", i, i, 0.5, 0.5, 1));
        nanos += 1_000_000_000L;
      }
    }

    assertThat(text().lines().map(line -> line.split("  ")[1]))
        .containsExactly("1 examples", "6 examples", "11 examples", "12 examples");
    assertThat(text()).doesNotContain("\r").doesNotContain("ETA");
  }

  @Test
  void sayingNothingPrintsNothing() {
    new ProgressLine(out, true, 10, () -> nanos).close();

    assertThat(text()).isEmpty();
  }

  private String text() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
