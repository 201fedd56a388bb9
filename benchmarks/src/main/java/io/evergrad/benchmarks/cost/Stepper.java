/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.jobs.data.LabelledImages;
import java.util.ArrayList;
import java.util.List;

/**
 * A learner that goes round a few micro-batches, ready to be timed: a task has ended, and the next
 * is so far on that everything is done as seldom as it will be. Holds native memory until closed.
 */
final class Stepper implements AutoCloseable {
  private static final int BATCHES = 8;

  private final OnlineLearner learner;
  private final List<MicroBatch> batches;
  private int next;

  Stepper(final LearnerSettings settings, final LabelledImages images) {
    learner = OnlineLearner.create(settings);
    batches = batches(images, settings.batchSize());
    steps(settings.updateInterval());
    learner.endTask();
    steps(Subject.period(settings));
  }

  private static List<MicroBatch> batches(final LabelledImages images, final int size) {
    final List<MicroBatch> batches = new ArrayList<>();
    for (int b = 0; b < BATCHES; b++) {
      final float[] features = new float[size * images.pixels()];
      final int[] labels = new int[size];
      for (int i = 0; i < size; i++) {
        final int image = (b * size + i) % images.size();
        final byte[] pixels = images.image(image);
        for (int p = 0; p < pixels.length; p++) {
          features[i * pixels.length + p] = (pixels[p] & 0xff) / 255f;
        }
        labels[i] = images.label(image);
      }
      batches.add(new MicroBatch(features, labels, size, images.pixels()));
    }
    return batches;
  }

  /** Takes some steps. */
  void steps(final int count) {
    for (int i = 0; i < count; i++) {
      learner.step(batches.get(next++ % BATCHES));
    }
  }

  @Override
  public void close() {
    learner.close();
  }
}
