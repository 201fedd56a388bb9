/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Laboratory;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Catalogue CATALOGUE = Catalogue.load().withTables(Set.of("permuted-5"));
  private static final Table TABLE = CATALOGUE.tables().get(0);

  private final Map<Experiment, Integer> asked = new ConcurrentHashMap<>();

  @Test
  void tunesTheRateWithoutProtectionThenTheStrengthThenTheRateAgain() throws Exception {
    final Row row = run("ewc").rows().get(0);

    // Rates of 0.00556 to 0.45, and then of 0.0867 to 7.02; strengths of 10 to 100,000.
    assertThat(row.searches()).extracting(Searched::best).containsExactly(0.45, 3_160.0, 0.45);
    assertThat(row.searches()).extracting(Searched::extensions).containsExactly(1, 0, 0);
    assertThat(row.chosen().learner().learningRate()).isEqualTo(0.45);
    assertThat(row.chosen().learner().strength()).isEqualTo(3_160);
    assertThat(asked(Protection.NONE))
        .hasSize(5 + 1 + 2)
        .allMatch(each -> each.split() == Split.VALIDATION && each.seed() == 101);
    assertThat(asked(Protection.EWC))
        .hasSize(7 + 6 + 3)
        .filteredOn(each -> learner(each).learningRate() == 0.45)
        .hasSize(7 + 3);
    assertThat(row.reported().keySet()).containsExactly(1L, 2L, 3L);
    assertThat(row.reported().values())
        .extracting(Logged::experiment)
        .allMatch(each -> each.split() == Split.TEST && each.stream().equals(TABLE.stream()));
  }

  @Test
  void tunesTheMemoryAtTheDefaultRateThenTheRate() throws Exception {
    final Row row = run("ours").rows().get(0);

    // Memories of 0.01 to 100, and half-way; rates of 0.000333 to 0.027, and twice beyond.
    assertThat(row.searches()).extracting(Searched::best).containsExactly(3.16, 0.243);
    assertThat(row.chosen().learner().memory()).isEqualTo(3.16);
    assertThat(row.chosen().learner().strength())
        .isEqualTo(LearnerSettings.defaultStrength(Protection.SYMMETRY));
    assertThat(asked.keySet())
        .filteredOn(each -> each.split() == Split.VALIDATION && learner(each).memory() != 3.16)
        .isNotEmpty()
        .allMatch(each -> learner(each).learningRate() == 0.003);
  }

  @Test
  void tunesNothingOfWhatIsToStayAsItIs() throws Exception {
    final Row row = run("ours-defaults").rows().get(0);

    assertThat(row.searches()).isEmpty();
    assertThat(row.chosen().settings()).isEqualTo("defaults");
    assertThat(asked).hasSize(3);
  }

  @Test
  void learnsAllTasksAtOnceWhereToldTo() throws Exception {
    run("joint");

    assertThat(asked.keySet()).hasSizeGreaterThan(3).allMatch(each -> each.stream().joint());
  }

  @Test
  void keepsTheOrderOfTheCatalogue() throws Exception {
    final TableResult result = new Comparison(CATALOGUE, any -> true, this::answer).run(TABLE);

    assertThat(result.rows())
        .extracting(Row::contender)
        .isEqualTo(CATALOGUE.contenders(TABLE))
        .isEqualTo(result.contenders());
  }

  @Test
  void failsAsTheLaboratoryDoes() {
    final Laboratory broken =
        (name, experiment) -> {
          throw new IllegalStateException("broken");
        };

    assertThatThrownBy(() -> new Comparison(CATALOGUE, any -> true, broken).run(TABLE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("broken");
  }

  private TableResult run(final String method) throws Exception {
    return new Comparison(CATALOGUE, each -> each.name().equals(method), this::answer).run(TABLE);
  }

  /** The best rate is 0.4, the best strength 3,160, the best memory 2.7. */
  private Logged answer(final String name, final Experiment experiment) {
    asked.merge(experiment, 1, Integer::sum);
    final LearnerSettings learner = learner(experiment);
    final double off =
        Math.abs(Math.log(learner.learningRate() / 0.4))
            + (learner.strength() == 0 ? 0 : Math.abs(Math.log(learner.strength() / 3_160)))
            + (learner.memory() == 0 ? 0 : Math.abs(Math.log(learner.memory() / 2.7)));
    return Outcomes.logged(experiment, Outcomes.of(1 / (1 + off), 0, 100));
  }

  private List<Experiment> asked(final Protection protection) {
    return asked.keySet().stream()
        .filter(each -> learner(each).protection() == protection)
        .toList();
  }

  private static LearnerSettings learner(final Experiment experiment) {
    return new Method("method", experiment.options()).learner();
  }
}
