/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.data.BundledFashionMnist;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CatalogueTest {
  private static final String YAML =
      """
      seeds: [1]
      validation-seed: 101
      rates: {values: 5, factor: 2, extensions: 2}
      strengths: {values: 5, factor: 10, extensions: 2}
      methods:
        some:
          - {name: sgd, label: SGD, role: BASELINE, tunes: RATE, options: {learner.rule: SGD}}
      tables:
        - name: table
          title: Table
          stream: {scenario: PERMUTED, tasks: 2}
          tuning: {scenario: PERMUTED, tasks: 2, examples-per-task: 100}
          criterion: AVERAGE_ACCURACY
          figures: [FORGETTING]
          methods: some
          bars:
            - {of: OURS, figure: FORGETTING, ahead-of: [sgd]}
      """;

  private final Catalogue catalogue = Catalogue.load();

  @Test
  void everyMethodIsOneThatAJobTakes() {
    for (final List<Contender> contenders : catalogue.methods().values()) {
      for (final Contender contender : contenders) {
        assertThatCode(contender::method).as(contender.name()).doesNotThrowAnyException();
        final LearnerSettings unprotected = contender.unprotected().learner();
        assertThat(unprotected.protection()).isEqualTo(Protection.NONE);
        assertThat(unprotected.replaySize()).isZero();
        assertThat(unprotected.rule()).isEqualTo(contender.method().learner().rule());
      }
    }
  }

  @Test
  void everyStreamFitsTheData() {
    for (final Table table : catalogue.tables()) {
      for (final var stream : List.of(table.stream(), table.tuning())) {
        assertThat(stream.stream(BundledFashionMnist.load(), 1).tasks())
            .as(table.name())
            .hasSize(stream.tasks());
      }
    }
  }

  @Test
  void everyMethodThatHasAStrengthHasItTuned() {
    final Set<Protection> without = Set.of(Protection.NONE, Protection.REPLAY);
    catalogue.methods().values().stream()
        .flatMap(List::stream)
        .filter(contender -> contender.tunes() != Contender.Tuning.NOTHING)
        .forEach(
            contender ->
                assertThat(contender.tunes() == Contender.Tuning.RATE_AND_STRENGTH)
                    .as(contender.name())
                    .isEqualTo(!without.contains(contender.method().learner().protection())));
  }

  @Test
  void allRulesAndProtectionsMeet() {
    assertThat(methods("learners").map(LearnerSettings::rule))
        .contains(Rule.SGD, Rule.ADAMW, Rule.MUON, Rule.SHAMPOO, Rule.SOAP, Rule.KFAC)
        .contains(Rule.SYMMETRY);
    assertThat(methods("protections").map(LearnerSettings::protection))
        .contains(Protection.values());
  }

  @Test
  void someTablesKeepTheirOrder() {
    assertThat(catalogue.withTables(Set.of("permuted-10", "one-task")).tables())
        .extracting(Table::name)
        .containsExactly("one-task", "permuted-10");
    assertThatThrownBy(() -> catalogue.withTables(Set.of("permuted-7")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("permuted-7")
        .hasMessageContaining("permuted-5");
  }

  @Test
  void refusesSeedsThatComeTwiceOrTune() {
    for (final List<Long> wrong : List.of(List.<Long>of(), List.of(1L, 1L), List.of(101L))) {
      assertThatThrownBy(() -> catalogue.withSeeds(wrong))
          .as(wrong.toString())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected");
    }
  }

  @Test
  void readsYaml() throws IOException {
    final Catalogue read = read(YAML);

    assertThat(read.tables().get(0).stream().joint()).isFalse();
    assertThat(read.tables().get(0).bars()).hasSize(1);
    assertThat(read.contenders(read.tables().get(0)).get(0).method().learner().rule())
        .isEqualTo(Rule.SGD);
  }

  @Test
  void namesWhatNamesNothing() {
    assertThatThrownBy(() -> read(YAML.replace("methods: some", "methods: others")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no list of methods others");
    assertThatThrownBy(() -> read(YAML.replace("[sgd]", "[adamw]")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no method of table table adamw");
    assertThatThrownBy(() -> read(YAML.replace("validation-seed", "validationseed")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("validationseed");
  }

  private Stream<LearnerSettings> methods(final String list) {
    return catalogue.methods().get(list).stream().map(contender -> contender.method().learner());
  }

  private static Catalogue read(final String yaml) throws IOException {
    return Catalogue.read(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
  }
}
