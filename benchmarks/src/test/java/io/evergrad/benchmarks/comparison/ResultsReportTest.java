/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Outcome;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.curvature.learning.LearnerSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The report against golden text. {@code -Devergrad.write-golden=true} writes it anew from the
 * figures that {@link #answer} makes up; read it then, as a reviewer would.
 */
class ResultsReportTest {
  private static final Path GOLDEN =
      Path.of("src/test/resources/io/evergrad/benchmarks/comparison");
  private static final Catalogue CATALOGUE =
      Catalogue.load().withTables(Set.of("one-task", "split-domain-5"));
  private static final Set<String> METHODS =
      Set.of("adamw", "muon", "symmetry", "symmetry-defaults", "ewc", "replay-200", "ours");

  private final List<TableResult> results = new ArrayList<>();

  @BeforeEach
  void fill() throws Exception {
    results.addAll(results(CATALOGUE));
  }

  private static List<TableResult> results(final Catalogue catalogue) throws Exception {
    final List<TableResult> results = new ArrayList<>();
    for (final Table table : catalogue.tables()) {
      results.add(
          new Comparison(
                  catalogue, each -> METHODS.contains(each.name()), ResultsReportTest::answer)
              .run(table));
    }
    return results;
  }

  @Test
  void tellsOfTextsInTheirOwnWords() throws Exception {
    final Catalogue texts = Catalogue.load().withTables(Set.of("one-text", "texts-3"));
    final List<TableResult> filled = results(texts);

    assertThat(new ResultsReport(filled, setting("code", false)).markdown())
        .contains("- Texts: those of [benchmarks/TEXTS.md]")
        .contains("Learned: 1 text, 3,840 windows of each, judged by 400 windows held out of each.")
        .contains("Learned: 3 texts, 1,280 windows of each")
        .contains(
            "Of every method: learner.batch-size 16, network.heads 6, network.layers 2,"
                + " network.perceptron 768, network.type TRANSFORMER, network.width 192.")
        .contains("| average loss in nats | forgetting in nats | learning loss in nats |")
        .contains("| Evergrad, untuned | defaults |")
        .contains("average loss in nats, ahead of AdamW and Muon")
        .contains("Of a text, one in 16 of the windows that are learned is held out instead.")
        .doesNotContain("test images, digest");
    assertThat(ResultsCsv.runs(filled.get(1)))
        .contains("average_loss,loss_increase,learning_loss,", ",final_accuracies,final_losses,");
    assertThat(ResultsChart.png(filled.get(1))).isNotEqualTo(ResultsChart.png(filled.get(0)));
  }

  @Test
  void isTheGoldenText() throws IOException {
    assertGolden("results.md", new ResultsReport(results, setting("code", false)).markdown());
  }

  @Test
  void runsAreTheGoldenLines() throws IOException {
    assertGolden("one-task.csv", ResultsCsv.runs(results.get(0)));
    assertGolden("one-task-curves.csv", ResultsCsv.curves(results.get(0)));
  }

  @Test
  void namesTheCodeOfOutcomesThatAreTrusted() {
    assertThat(new ResultsReport(results, setting("today", false)).markdown())
        .contains("digest today; **outcomes of other states of the code are trusted here**")
        .containsPattern("code has \\d+ runs");
  }

  @Test
  void barsAreForTheFullSettingOnly() {
    assertThat(new ResultsReport(results, setting("code", true)).markdown())
        .contains("this is another setting", "the figures mean nothing");
    assertThat(setting("code", false).barsApply(true)).isTrue();
    final Setting bundled = new Setting(6, 1, "code", List.of(1L, 2L, 3L), 101, false, "command");
    assertThat(bundled.barsApply(true)).isFalse();
    assertThat(bundled.barsApply(false)).isTrue();
    assertThat(new ResultsReport(results, setting("code", false)).passed()).isFalse();
  }

  @Test
  void writesTheSameBytesAgain(@TempDir final Path directory) throws IOException {
    for (final String once : List.of("a", "b")) {
      new ResultsReport(results, setting("code", false)).write(directory.resolve(once));
    }
    for (final String file :
        List.of(
            "results.md",
            "results/one-task.csv",
            "results/one-task-curves.csv",
            "results/one-task.png",
            "results/split-domain-5.png")) {
      assertThat(directory.resolve("b").resolve(file))
          .hasBinaryContent(Files.readAllBytes(directory.resolve("a").resolve(file)));
    }
  }

  private static void assertGolden(final String name, final String text) throws IOException {
    final Path golden = GOLDEN.resolve(name);
    if (Boolean.getBoolean("evergrad.write-golden")) {
      Files.createDirectories(GOLDEN);
      Files.writeString(golden, text);
    }
    assertThat(text).isEqualTo(Files.readString(golden, StandardCharsets.UTF_8));
  }

  private static Setting setting(final String code, final boolean quick) {
    return new Setting(
        60_000,
        10_000,
        code,
        CATALOGUE.seeds(),
        CATALOGUE.validationSeed(),
        quick,
        "./evergrad-bench results --data DIR");
  }

  /**
   * Higher rates are better until they diverge; AdamW is a little behind, a strength in between.
   */
  private static Logged answer(final String name, final Experiment experiment) {
    final LearnerSettings learner = new Method("method", experiment.options()).learner();
    final double steps = Math.log(learner.learningRate() / 1e-3);
    if (steps > 4) {
      return Outcomes.logged(experiment, Outcome.diverged(2));
    }
    final double off = learner.strength() == 0 ? 0 : Math.abs(Math.log(learner.strength() / 2e3));
    final double split = experiment.split() == Split.TEST ? 0.001 * experiment.seed() : 0;
    final double accuracy =
        0.86 + 0.01 * steps - 0.005 * off + split - learner.rule().ordinal() * 0.005;
    return Outcomes.logged(
        experiment, Outcomes.of(accuracy, 0.002 * (1 + off), 9_000 - 1_000 * steps));
  }
}
