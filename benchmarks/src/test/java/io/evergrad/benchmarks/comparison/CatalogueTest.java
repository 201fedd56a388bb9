/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.benchmarks.experiment.Images;
import io.evergrad.benchmarks.experiment.ImagesAndTexts;
import io.evergrad.benchmarks.experiment.Material;
import io.evergrad.benchmarks.experiment.Split;
import io.evergrad.benchmarks.experiment.StreamDefinition;
import io.evergrad.benchmarks.experiment.Texts;
import io.evergrad.benchmarks.text.TextDomains;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.stream.TaskStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    for (final Table table : catalogue.tables()) {
      for (final Contender contender : catalogue.contenders(table)) {
        assertThatCode(contender::method).as(contender.name()).doesNotThrowAnyException();
        final LearnerSettings unprotected = contender.unprotected().learner();
        assertThat(unprotected.protection()).isEqualTo(Protection.NONE);
        assertThat(unprotected.replaySize()).isZero();
        assertThat(unprotected.rule()).isEqualTo(contender.method().learner().rule());
      }
    }
  }

  @Test
  void everyStreamFitsTheDataAndEveryMethodLearnsIt() throws IOException {
    final Material material =
        new ImagesAndTexts(
            new Images(BundledFashionMnist.load()),
            new Texts(TextDomains.load(), TextDomains.CONTEXT));
    for (final Table table : catalogue.tables()) {
      final TaskStream stream = material.stream(Split.TEST, table.stream(), 1);
      final TaskStream tuning = material.stream(Split.VALIDATION, table.tuning(), 1);
      assertThat(stream.tasks()).as(table.name()).hasSize(table.stream().tasks());
      assertThat(tuning.tasks()).as(table.name()).hasSize(table.tuning().tasks());
      for (final Contender contender : catalogue.contenders(table)) {
        assertThatCode(() -> contender.method().configuration(1, stream))
            .as(table.name() + ": " + contender.name())
            .doesNotThrowAnyException();
      }
    }
  }

  @Test
  void theLanguageModelHasAboutAMillionParametersInEveryTableOfTexts() {
    final List<Table> texts =
        catalogue.tables().stream().filter(table -> table.stream().texts()).toList();

    assertThat(texts).extracting(Table::name).containsExactly("one-text", "texts-3");
    for (final Table table : texts) {
      assertThat(catalogue.contenders(table))
          .extracting(each -> each.method().learner().network().network().symmetry().count())
          .containsOnly(1_000_576L);
      assertThat(table.tuning().texts()).isTrue();
    }
    assertThat(texts.get(1).stream().tasks()).isEqualTo(3);
  }

  @Test
  void aTableLaysOptionsOverThoseOfItsMethodsAndHasGridsOfItsOwn() throws IOException {
    final String own =
        "    options: {learner.rule: ADAMW, learner.batch-size: 16}\n"
            + "    rates: {values: 3, factor: 2, extensions: 3}\n"
            + "    criterion";
    final Catalogue plain = read(YAML);
    final Catalogue changed = read(YAML.replace("    criterion", own));
    final Table table = changed.tables().get(0);

    assertThat(changed.contenders(table))
        .extracting(each -> each.method().options())
        .containsExactly(
            new TreeMap<>(
                Map.of("evergrad.learner.rule", "ADAMW", "evergrad.learner.batch-size", "16")));
    assertThat(changed.methods()).isEqualTo(plain.methods());
    assertThat(changed.rates(table)).isEqualTo(new Grid(3, 2, 3));
    assertThat(changed.strengths(table)).isEqualTo(changed.strengths());
    assertThat(plain.rates(plain.tables().get(0))).isEqualTo(plain.rates());
    assertThat(plain.contenders(plain.tables().get(0))).isEqualTo(plain.methods().get("some"));
    assertThat(changed.quick().rates(changed.quick().tables().get(0))).isEqualTo(new Grid(1, 2, 0));
  }

  @Test
  void aStreamIsOfImagesUnlessItSaysThatItIsOfTexts() throws IOException {
    assertThat(read(YAML).tables().get(0).stream().texts()).isFalse();
    final Catalogue texts = read(YAML.replace("scenario: PERMUTED", "texts: true"));
    assertThat(texts.tables().get(0).stream()).isEqualTo(StreamDefinition.ofTexts(2, 0, 0));
    assertThat(texts.quick().tables().get(0).stream())
        .isEqualTo(StreamDefinition.ofTexts(2, 32, 16));
    assertThatThrownBy(() -> read(YAML.replace("scenario: PERMUTED, ", "")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("images without a scenario");
    assertThatThrownBy(() -> read(YAML.replace("scenario:", "texts: true, scenario:")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("texts with scenario PERMUTED");
  }

  @Test
  void everyMethodThatHasAStrengthHasItTuned() {
    final Set<Protection> without = Set.of(Protection.NONE, Protection.REPLAY);
    catalogue.methods().values().stream()
        .flatMap(List::stream)
        .filter(contender -> contender.tunes() != Contender.Tuning.NOTHING)
        .forEach(
            contender ->
                assertThat(contender.tunes() != Contender.Tuning.RATE)
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
