/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.jobs.data.LabelledImages;
import java.util.ArrayList;
import java.util.List;

/**
 * A learner that goes round a few micro-batches, ready to be timed: it has begun, and where it
 * protects, a task has ended. Holds native memory until closed.
 */
final class Stepper implements AutoCloseable {
  private static final int BATCHES = 8;

  private final OnlineLearner learner;
  private final List<MicroBatch> batches;
  private final int period;
  private int next;

  Stepper(final LearnerSettings settings, final LabelledImages images) {
    learner = OnlineLearner.create(settings);
    batches = batches(images, settings.batchSize());
    period = Subject.period(settings);
    steps(settings.updateInterval());
    learner.endTask();
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

  private void steps(final int count) {
    for (int i = 0; i < count; i++) {
      learner.step(batches.get(next++ % BATCHES));
    }
  }

  /** Takes the steps of one period; the time of one step, on average. */
  Stopwatch.Time period() {
    final Stopwatch.Time all = Stopwatch.time(() -> steps(period));
    return new Stopwatch.Time(all.wall() / period, all.cpu() / period);
  }

  @Override
  public void close() {
    learner.close();
  }
}
