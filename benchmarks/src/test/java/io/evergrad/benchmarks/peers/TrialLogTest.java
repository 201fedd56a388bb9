/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.benchmarks.experiment.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialLogTest {
  private static final Trial TRIAL = new Trial(Matchup.NONE, Side.OURS, 1, Split.TEST, 5, 0, 0, 1);
  private static final Figures FIGURES = new Figures(0.5, List.of(0.4, 0.6), 0.1, Double.NaN, 1234);

  @TempDir private Path directory;

  @Test
  void figuresAreRecalledForTheSameTrialOfTheSameVersion() throws IOException {
    final Path path = directory.resolve("made").resolve("runs.jsonl");
    try (TrialLog log = TrialLog.open(path, "a")) {
      log.add(TRIAL, FIGURES);
    }

    try (TrialLog log = TrialLog.open(path, "a")) {
      assertThat(log.find(TRIAL)).contains(FIGURES);
      assertThat(log.find(new Trial(Matchup.NONE, Side.PEER, 1, Split.TEST, 5, 0, 0, 1))).isEmpty();
    }
    try (TrialLog log = TrialLog.open(path, "b")) {
      assertThat(log.find(TRIAL)).isEmpty();
    }
  }

  @Test
  void aLineThatIsNoTrialIsNamed() throws IOException {
    final Path path = Files.writeString(directory.resolve("runs.jsonl"), "{\n");

    assertThatThrownBy(() -> TrialLog.open(path, "a"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 1");
  }
}
