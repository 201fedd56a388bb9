/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.network.NetworkSpec;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Seeded examples of a problem that any network can solve, nearly. */
interface ToyTask {

  MicroBatch next(int size);

  /**
   * For measurements a pattern for each class under noise, for tokens a language. No two tasks of
   * fewer than classes − 1 agree in any answer.
   *
   * @param task its number, from 0
   */
  static ToyTask of(final NetworkSpec spec, final int task) {
    return spec.tokens() ? language(spec, task) : patterns(spec, task);
  }

  private static ToyTask patterns(final NetworkSpec spec, final int task) {
    final int inputs = spec.inputs();
    final double[] patterns = new double[spec.classes() * inputs];
    final SplittableRandom design = new SplittableRandom(99);
    for (int j = 0; j < patterns.length; j++) {
      patterns[j] = design.nextGaussian();
    }
    final SplittableRandom random = new SplittableRandom(task);
    return size -> {
      final int[] shown = random.ints(size, 0, spec.classes()).toArray();
      final float[] features = new float[size * inputs];
      for (int j = 0; j < features.length; j++) {
        final double pattern = patterns[shown[j / inputs] * inputs + j % inputs];
        features[j] = (float) (pattern + random.nextGaussian() / 2);
      }
      final int[] labels = Arrays.stream(shown).map(s -> (s + task) % spec.classes()).toArray();
      return new MicroBatch(features, labels, size, inputs);
    };
  }

  /** Each token is followed by the one that is task + 1 ahead, nine times of ten. */
  private static ToyTask language(final NetworkSpec spec, final int task) {
    final int inputs = spec.inputs();
    final SplittableRandom random = new SplittableRandom(task);
    return size -> {
      final float[] features = new float[size * inputs];
      for (int j = 0; j < features.length; j++) {
        features[j] =
            j % inputs == 0 || random.nextInt(10) == 0
                ? random.nextInt(spec.classes())
                : (features[j - 1] + task + 1) % spec.classes();
      }
      return new MicroBatch(features, new int[size], size, inputs);
    };
  }
}
