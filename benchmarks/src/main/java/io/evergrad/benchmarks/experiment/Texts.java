/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.benchmarks.measure.Digests;
import io.evergrad.jobs.data.Text;
import io.evergrad.jobs.stream.TaskStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Texts, each a task, in their order: the first of them make the tasks of a definition. */
public final class Texts implements Material {
  private final int context;
  private final Map<Split, Part> parts = new EnumMap<>(Split.class);

  private record Part(List<Text> texts, String digest) {}

  /**
   * The splits of texts: for validation, what a stream learns of them.
   *
   * @param context bytes that a prediction stands on, at least 1
   * @throws IllegalArgumentException if a text is too short, or the context out of range
   */
  public Texts(final List<Text> texts, final int context) {
    this.context = context;
    final List<Text> learned =
        texts.stream().map(text -> TaskStream.learnedOf(text, context)).toList();
    parts.put(Split.TEST, new Part(List.copyOf(texts), digest(texts)));
    parts.put(Split.VALIDATION, new Part(learned, digest(learned)));
  }

  private static String digest(final List<Text> texts) {
    final MessageDigest digest = Digests.sha256();
    for (final Text text : texts) {
      digest.update((text.name() + "\n" + text.size() + "\n").getBytes(StandardCharsets.UTF_8));
      digest.update(text.bytes(0, text.size()));
    }
    return Digests.brief(digest);
  }

  @Override
  public String digest(final Split split, final StreamDefinition definition) {
    return parts.get(split).digest();
  }

  @Override
  public TaskStream stream(final Split split, final StreamDefinition definition, final long seed) {
    final List<Text> texts = parts.get(split).texts();
    if (definition.tasks() > texts.size()) {
      throw new IllegalArgumentException(
          definition.tasks() + " tasks, but there are only " + texts.size() + " texts");
    }
    final TaskStream stream =
        new TaskStream(
            texts.subList(0, definition.tasks()), context, definition.examplesPerTask(), seed);
    return definition.heldOut() == 0 ? stream : stream.judgedBy(definition.heldOut());
  }
}
