/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.data.Text;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.TaskStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class TextsTest {
  private static final Texts TEXTS =
      new Texts(
          List.of(
              text("up", "abcdefghijklmnopqrstuvwxyz"), text("down", "zyxwvutsrqponmlkjihgfedcba")),
          8);

  private static Text text(final String name, final String alphabet) {
    return new Text(name, alphabet.repeat(200).getBytes(StandardCharsets.US_ASCII));
  }

  private static StreamDefinition definition(final int tasks, final int examples) {
    return StreamDefinition.ofTexts(tasks, examples, 0);
  }

  @Test
  void validationIsMadeOfWhatIsLearned() {
    final TaskStream test = TEXTS.stream(Split.TEST, definition(2, 0), 1);
    final TaskStream validation = TEXTS.stream(Split.VALIDATION, definition(2, 0), 1);

    assertThat(test.tasks()).containsExactly("up", "down");
    assertThat(validation.examples() + validation.heldOutExamples()).isEqualTo(test.examples());
    assertThat(TEXTS.digest(Split.TEST, definition(2, 0)))
        .hasSize(16)
        .isNotEqualTo(TEXTS.digest(Split.VALIDATION, definition(2, 0)));
    assertThatThrownBy(() -> TEXTS.stream(Split.TEST, definition(3, 0), 1))
        .hasMessageContaining("only 2 texts");
  }

  @Test
  void judgesByTheFirstOfWhatIsHeldOut() {
    final StreamDefinition definition = StreamDefinition.ofTexts(2, 40, 0);
    final TaskStream all = TEXTS.stream(Split.TEST, definition, 1);
    final TaskStream few = TEXTS.stream(Split.TEST, StreamDefinition.ofTexts(2, 40, 3), 1);

    assertThat(few.heldOutExamples()).isEqualTo(2 * 3).isLessThan(all.heldOutExamples());
    assertThat(few).hasSize((int) few.records());
    assertThat(all).containsAll(few);
    assertThat(learned(few)).hasSize(2 * 40).isEqualTo(learned(all));
    assertThatThrownBy(() -> all.judgedBy(0)).hasMessageContaining("expected at least 1");
  }

  private static List<KeyedRecord> learned(final TaskStream stream) {
    return StreamSupport.stream(stream.spliterator(), false)
        .filter(record -> record.value().hasExample())
        .filter(record -> !record.value().getExample().getHeldOut())
        .toList();
  }

  /** One alphabet is learned in no time; the other one then takes its place. */
  @Test
  void theLoopTrainsALanguageModel() throws Exception {
    final TaskStream stream = TEXTS.stream(Split.TEST, definition(2, 1_600), 1);
    final Method method =
        Method.of(Rule.ADAMW, Protection.NONE)
            .with(EvergradOptions.NETWORK_TYPE, NetworkType.TRANSFORMER)
            .with(EvergradOptions.BATCH_SIZE, 32)
            .with(EvergradOptions.LEARNING_RATE, 0.003);

    final Training training =
        LoopTrainer.train(method.configuration(1, stream).training(), stream, 0);

    assertThat(training.matrix().values()[0][0]).isGreaterThan(0.99);
    assertThat(training.matrix().losses().values()[0][0]).isLessThan(0.1);
    assertThat(training.matrix().losses().forgetting()).isGreaterThan(1);
    assertThat(training.matrix().evaluations())
        .allMatch(evaluation -> evaluation.predictions() == 8 * evaluation.examples());
  }
}
