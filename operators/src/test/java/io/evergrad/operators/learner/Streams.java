/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.decode.TaskEnd;
import io.evergrad.operators.wire.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Small streams of seeded random examples. */
final class Streams {
  static final MlpSpec NETWORK = new MlpSpec(6, List.of(5), 3, Activation.RELU);

  private final Random random = new Random(11);
  private final List<Decoded> records = new ArrayList<>();

  static LearnerSettings settings() {
    return builder().build();
  }

  /** Without a moving average of the parameters: merging takes its place. */
  static LearnerSettings shareable() {
    return builder().averaging(0).build();
  }

  private static LearnerSettings.Builder builder() {
    return LearnerSettings.builder(NETWORK)
        .batchSize(8)
        .updateInterval(2)
        .fisherInterval(1)
        .seed(3);
  }

  Streams examples(final String task, final int count) {
    return examples(task, count, false);
  }

  Streams heldOut(final String task, final int count) {
    return examples(task, count, true);
  }

  Streams taskEnd(final String task) {
    records.add(new TaskEnd(position(), task));
    return this;
  }

  List<Decoded> records() {
    return records;
  }

  private Streams examples(final String task, final int count, final boolean heldOut) {
    for (int i = 0; i < count; i++) {
      final float[] features = new float[NETWORK.inputs()];
      final int label = random.nextInt(NETWORK.classes());
      for (int j = 0; j < features.length; j++) {
        features[j] = (float) random.nextGaussian() + (j % NETWORK.classes() == label ? 1 : 0);
      }
      records.add(new Example(position(), task, Features.of(features), label, heldOut));
    }
    return this;
  }

  private Position position() {
    return new Position("examples", 0, records.size());
  }
}
