/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import com.google.protobuf.ByteString;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.data.Text;
import io.evergrad.operators.wire.Example;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;

/**
 * A task for each text, of which the next byte is to be predicted. The text is cut, from its
 * beginning, into windows of context + 1 bytes that do not overlap; the last of every {@value
 * #BLOCK} is held out, the others are learned. A rest that is shorter than a window is left out.
 */
final class TextTasks implements TaskSource {
  /** Windows, of which one is held out. */
  static final int BLOCK = 16;

  private static final int BYTES = 256;

  private final List<Text> texts;
  private final int window;

  /**
   * @param texts at least 1, of different names
   * @param context bytes that a prediction may stand on, at least 1
   * @throws IllegalArgumentException if there is no text, a name comes twice, or a text has fewer
   *     than {@value #BLOCK} windows
   */
  TextTasks(final List<Text> texts, final int context) {
    this.texts = List.copyOf(texts);
    if (context < 1 || context == Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a context of " + context + ": expected at least 1 byte");
    }
    window = context + 1;
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("no text: expected at least 1, each a task");
    }
    final Set<String> names = new HashSet<>();
    for (final Text text : texts) {
      if (!names.add(text.name())) {
        throw new IllegalArgumentException(
            "two texts are called " + text.name() + ": expected a name of its own for each task");
      }
      if (text.size() / window < BLOCK) {
        throw new IllegalArgumentException(
            "text %s has %d bytes: expected at least %d windows of %d"
                .formatted(text.name(), text.size(), BLOCK, window));
      }
    }
  }

  @Override
  public List<String> tasks() {
    return texts.stream().map(Text::name).toList();
  }

  @Override
  public int features() {
    return window;
  }

  @Override
  public int classes() {
    return BYTES;
  }

  @Override
  public Map<ConfigOption<Integer>, Integer> sizes(final NetworkType type) {
    return type == NetworkType.TRANSFORMER
        ? Map.of(EvergradOptions.CONTEXT, window - 1, EvergradOptions.VOCABULARY, BYTES)
        : Map.of();
  }

  @Override
  public int examples(final int task) {
    return windows(task) - heldOut(task);
  }

  @Override
  public int heldOut(final int task) {
    return windows(task) / BLOCK;
  }

  private int windows(final int task) {
    return texts.get(task).size() / window;
  }

  @Override
  public Example.Builder example(final int task, final int index) {
    return windowAt(task, numberOf(index));
  }

  @Override
  public Example.Builder heldOutExample(final int task, final int index) {
    return windowAt(task, index * BLOCK + BLOCK - 1);
  }

  /** All examples of a task, one after the other. */
  Text learned(final int task) {
    final ByteBuffer learned = ByteBuffer.allocate(examples(task) * window);
    for (int i = 0; i < examples(task); i++) {
      learned.put(bytes(task, numberOf(i)));
    }
    return new Text(texts.get(task).name(), learned.array());
  }

  /** Among all windows, the number of an example to learn. */
  private static int numberOf(final int index) {
    return index / (BLOCK - 1) * BLOCK + index % (BLOCK - 1);
  }

  private ByteBuffer bytes(final int task, final int number) {
    return texts.get(task).bytes(number * window, window);
  }

  private Example.Builder windowAt(final int task, final int number) {
    return Example.newBuilder().addShape(window).setUint8(ByteString.copyFrom(bytes(task, number)));
  }
}
