/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.data.Text;
import io.evergrad.operators.wire.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextStreamTest {
  private static final int CONTEXT = 4;

  /** 50 windows of 5 bytes, all different by their first byte, and 3 bytes more. */
  private static final Text COUNTED = counted("counted", 253, 1);

  private static final Text OTHER = counted("other", 5 * 33, 7);

  private static Text counted(final String name, final int size, final int step) {
    final byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i * step);
    }
    return new Text(name, bytes);
  }

  private static TaskStream stream(final int examplesPerTask, final long seed) {
    return new TaskStream(List.of(COUNTED, OTHER), CONTEXT, examplesPerTask, seed);
  }

  @Test
  void aTaskForEachTextOfHeldOutWindowsThenOthersThenItsEnd() {
    final TaskStream stream = stream(TaskStream.ONE_PASS, 1);

    assertThat(stream.tasks()).containsExactly("counted", "other");
    assertThat(stream.features()).isEqualTo(5);
    assertThat(stream.classes()).isEqualTo(256);
    assertThat(stream.heldOutExamples()).isEqualTo(3 + 2);
    assertThat(stream.examples()).isEqualTo(47 + 31);
    final List<KeyedRecord> records = new ArrayList<>();
    stream.forEach(records::add);
    assertThat(records).hasSize((int) stream.records());
    assertThat(records.get(0).key()).isEqualTo("counted-held-out-000000");
    assertThat(records.get(3).key()).isEqualTo("counted-000000");
    assertThat(records.get(50).key()).isEqualTo("counted-end");
    assertThat(records.get(50).value().hasTaskEnd()).isTrue();
  }

  @Test
  void isJudgedByTheFirstOfWhatEachTaskHoldsOut() {
    final TaskStream all = stream(10, 1);
    final TaskStream few = all.judgedBy(2);
    final List<String> left = new ArrayList<>();
    all.forEach(record -> left.add(record.key()));
    few.forEach(record -> left.remove(record.key()));

    assertThat(few.heldOutExamples()).isEqualTo(2 + 2);
    assertThat(few.records()).isEqualTo(all.records() - 1);
    assertThat(left).containsExactly("counted-held-out-000002");
    assertThat(all.judgedBy(3)).containsExactlyElementsOf(all);
    assertThatThrownBy(() -> all.judgedBy(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected at least 1");
  }

  @Test
  void windowsDoNotOverlapAndAreTheTextWithoutItsRest() {
    final TreeSet<Integer> begins = new TreeSet<>();
    for (final Example example : examples(stream(TaskStream.ONE_PASS, 1), "counted")) {
      final int begin = Byte.toUnsignedInt(example.getUint8().byteAt(0));
      assertThat(example.getShapeList()).containsExactly(5L);
      for (int i = 0; i < 5; i++) {
        assertThat(example.getUint8().byteAt(i)).isEqualTo((byte) (begin + i));
      }
      assertThat(example.getHeldOut()).isEqualTo(begin / 5 % 16 == 15);
      assertThat(begins.add(begin)).as("window at %d once", begin).isTrue();
    }
    assertThat(begins)
        .containsExactlyElementsOf(IntStream.range(0, 50).map(i -> 5 * i).boxed().toList());
  }

  @Test
  void whatIsLearnedOfATextHoldsNoWindowThatIsHeldOut() {
    final Text learned = TaskStream.learnedOf(COUNTED, CONTEXT);

    assertThat(learned.name()).isEqualTo("counted");
    assertThat(learned.size()).isEqualTo(5 * 47);
    final List<Integer> begins = new ArrayList<>();
    for (int window = 0; window < 47; window++) {
      begins.add(Byte.toUnsignedInt(learned.bytes(5 * window, 5).get(0)));
    }
    assertThat(begins)
        .containsExactlyElementsOf(
            IntStream.range(0, 50).filter(i -> i % 16 != 15).map(i -> 5 * i).boxed().toList());
  }

  @Test
  void theSeedDecidesTheOrder() {
    assertThat(examples(stream(40, 1), "counted")).isEqualTo(examples(stream(40, 1), "counted"));
    assertThat(examples(stream(40, 1), "counted")).isNotEqualTo(examples(stream(40, 2), "counted"));
    assertThat(examples(stream(40, 1), "counted")).hasSize(3 + 40);
  }

  @Test
  void givesATransformerItsSizes() {
    assertThat(stream(1, 1).sizes(NetworkType.TRANSFORMER))
        .isEqualTo(Map.of(EvergradOptions.CONTEXT, 4, EvergradOptions.VOCABULARY, 256));
    assertThatThrownBy(() -> stream(1, 1).sizes(NetworkType.MLP))
        .hasMessageContaining("the stream is of texts");
  }

  @Test
  void refusesTextsThatCannotBeLearned() {
    assertThatThrownBy(() -> new TaskStream(List.of(), 4, 1, 1)).hasMessageContaining("no text");
    assertThatThrownBy(() -> new TaskStream(List.of(OTHER, OTHER), 4, 1, 1))
        .hasMessageContaining("two texts are called other");
    assertThatThrownBy(() -> new TaskStream(List.of(OTHER), 10, 1, 1))
        .hasMessageContaining("text other has 165 bytes: expected at least 16 windows of 11");
    assertThatThrownBy(() -> new TaskStream(List.of(OTHER), 0, 1, 1))
        .hasMessageContaining("a context of 0");
    assertThatThrownBy(() -> new TaskStream(List.of(OTHER), 4, -1, 1))
        .hasMessageContaining("-1 examples");
  }

  private static List<Example> examples(final TaskStream stream, final String task) {
    final List<Example> examples = new ArrayList<>();
    for (final KeyedRecord record : stream) {
      if (record.value().hasExample() && record.value().getTask().equals(task)) {
        examples.add(record.value().getExample());
      }
    }
    return examples;
  }
}
