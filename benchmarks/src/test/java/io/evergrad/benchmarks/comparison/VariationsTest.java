/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.evergrad.benchmarks.experiment.Experiment;
import io.evergrad.benchmarks.experiment.Logged;
import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.jobs.config.InvalidConfigurationException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class VariationsTest {
  private static final Catalogue CATALOGUE = Catalogue.load();
  private static final Table TABLE = CATALOGUE.table("texts-3");
  private static final Contender OURS = CATALOGUE.contender(TABLE, "ours-defaults");

  private final Set<Experiment> asked = ConcurrentHashMap.newKeySet();

  @Test
  void combinesEveryValueWithEveryOther() {
    final Map<String, List<String>> values = new LinkedHashMap<>();
    values.put("protection.memory", List.of("1", "2"));
    values.put("learner.decay", List.of("0.9", "0.99"));

    assertThat(Variations.combinations(values))
        .containsExactly(
            Map.of("protection.memory", "1", "learner.decay", "0.9"),
            Map.of("protection.memory", "1", "learner.decay", "0.99"),
            Map.of("protection.memory", "2", "learner.decay", "0.9"),
            Map.of("protection.memory", "2", "learner.decay", "0.99"));
    assertThat(Variations.combinations(Map.of())).containsExactly(Map.of());
  }

  @Test
  void runsEachOnTheValidationSplitWithTheOptionsOfTheTable() throws Exception {
    final List<Row> rows = variations().run(this::answer);

    assertThat(rows)
        .extracting(row -> row.settings(TABLE))
        .containsExactly("memory 0.5", "memory 0.25");
    assertThat(rows).extracting(row -> row.median(Figure.AVERAGE_LOSS)).containsExactly(0.5, 0.25);
    assertThat(asked)
        .hasSize(4)
        .allMatch(each -> each.split() == Split.VALIDATION)
        .allMatch(each -> each.stream().equals(TABLE.stream()))
        .allMatch(each -> "192".equals(each.options().get("evergrad.network.width")));
    assertThat(asked).extracting(Experiment::seed).containsOnly(101L, 102L);
  }

  @Test
  void tellsMediansAndTheRunsBehindThem() throws Exception {
    final VariationsReport report =
        new VariationsReport(variations(), variations().run(this::answer));

    assertThat(report.markdown().lines().toList())
        .hasSize(4)
        .first()
        .asString()
        .startsWith("| settings | average loss in nats | forgetting in nats |");
    assertThat(report.markdown()).contains("\n| memory 0.5 | 0.5000 (0.5000, 0.5000) |");
    final JsonNode json = JsonMapper.builder().build().readTree(report.json());
    assertThat(json.at("/table").textValue()).isEqualTo("texts-3");
    assertThat(json.at("/seeds/1").intValue()).isEqualTo(102);
    assertThat(json.at("/variations/1/options/protection.memory").textValue()).isEqualTo("0.25");
    assertThat(json.at("/variations/1/figures/average_loss/median").doubleValue()).isEqualTo(0.25);
    assertThat(json.at("/variations/1/figures/average_loss/runs")).hasSize(2);
  }

  /** The table sets it for all methods, so that its own tables leave it out. */
  @Test
  void tellsWhatWasVariedOfTheTablesOwnOptions() throws Exception {
    final Variations variations = variations(List.of(101L), "network.layers", List.of("1", "2"));

    assertThat(new VariationsReport(variations, variations.run(this::answer)).markdown())
        .contains("\n| layers 1 | ", "\n| layers 2 | ");
  }

  @Test
  void refusesWhatAJobWould() {
    assertThatThrownBy(() -> variations(List.of(101L), "protection.memorie"))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("did you mean evergrad.protection.memory?");
    assertThatThrownBy(() -> variations(List.of(101L, 101L), "protection.memory"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("each once");
  }

  private static Variations variations() {
    return variations(List.of(101L, 102L), "protection.memory");
  }

  private static Variations variations(final List<Long> seeds, final String key) {
    return variations(seeds, key, List.of("0.5", "0.25"));
  }

  private static Variations variations(
      final List<Long> seeds, final String key, final List<String> values) {
    return new Variations(
        TABLE, OURS, TABLE.stream(), Variations.combinations(Map.of(key, values)), seeds);
  }

  /** The loss is the memory. */
  private Logged answer(final String name, final Experiment experiment) {
    asked.add(experiment);
    final double memory = new Method(name, experiment.options()).learner().memory();
    return Outcomes.logged(experiment, Outcomes.of(1 - memory, 0, 100));
  }
}
