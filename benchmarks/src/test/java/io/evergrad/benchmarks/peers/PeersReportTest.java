/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.benchmarks.peers.PeersResult.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeersReportTest {

  @Test
  void bothSidesStandBesideEachOtherWithTheirVerdict(@TempDir final Path directory)
      throws Exception {
    final PeersReport report = report(0.80);

    report.write(directory);

    assertThat(directory.resolve("peers.md"))
        .content()
        .contains(
            "| sgd | 0.8100 | 0.8100 | 0.0000 (0.0050) | yes"
                + " | 0.7000 | 0.7000 | 0.0000 (0.0200) | yes | 2,000 | 1,000 | 2.00 |")
        .contains("| adam+ewc | 1e+03 | 1e+05 | ")
        .contains("- adam+ewc, Avalanche: 1e+05 gives 0.8000")
        .contains("| the job | 2,000 | 1,000, 3,000 | 1.000 |")
        .contains("| Python loop, threads of torch: 2 | 4,000 | 4,000 | 0.500 |");
    assertThat(Files.readAllLines(directory.resolve("results").resolve("peers.csv")))
        .contains(
            "sgd,sgd,ours,test,1,0,1,0.0,1,0.800000,0.800000,0.000000,0.700000,2000.0",
            "ewc,adam+ewc,peer,validation,5,0,101,100000.0,1,0.800000,0.800000,0.000000,0.700000,1000.0");
    assertThat(report.agrees()).isTrue();
  }

  @Test
  void oneMatchupThatDisagreesIsADisagreement() {
    final PeersReport report = report(0.90);

    assertThat(report.agrees()).isFalse();
    assertThat(report.markdown()).contains("| sgd | 0.9100 | 0.8100 | 0.1000 (0.0050) | **no** |");
  }

  /**
   * @param sgd our accuracy by SGD with one seed; with the other it is higher by 0.02
   */
  private static PeersReport report(final double sgd) {
    final List<Run> runs = new ArrayList<>();
    for (final Matchup matchup : Matchup.values()) {
      for (final long seed : matchup.part() == Part.KAFKA ? new long[0] : new long[] {1, 2}) {
        final double ours = matchup == Matchup.SGD ? sgd : 0.80;
        final double more = 0.02 * (seed - 1);
        runs.add(run(matchup, Side.OURS, seed, 1e3, 1, ours + more, 2_000));
        runs.add(run(matchup, Side.PEER, seed, 1e5, 1, 0.80 + more, 1_000));
      }
    }
    runs.add(run(Matchup.KAFKA, Side.OURS, 1, 0, 1, 0.8, 1_000));
    runs.add(run(Matchup.KAFKA, Side.OURS, 2, 0, 1, 0.8, 3_000));
    runs.add(run(Matchup.KAFKA, Side.PEER, 1, 0, 2, 0.8, 4_000));
    final Run tried =
        new Run(
            new Trial(Matchup.EWC, Side.PEER, 101, Split.VALIDATION, 5, 0, 1e5, 1),
            new Figures(0.80, List.of(0.80), 0, 0.7, 1_000));
    return new PeersReport(
        new PeersResult(runs, List.of(tried)), "1.0", new Machine(2, "cpu", "jvm", "os", 1), 0);
  }

  private static Run run(
      final Matchup matchup,
      final Side side,
      final long seed,
      final double strength,
      final int threads,
      final double accuracy,
      final double speed) {
    return new Run(
        new Trial(
            matchup,
            side,
            seed,
            Split.TEST,
            matchup.part() == Part.ONE_TASK ? 1 : 5,
            0,
            matchup.tuned() ? strength : 0,
            threads),
        new Figures(accuracy, List.of(accuracy), 0, 0.7, speed));
  }
}
