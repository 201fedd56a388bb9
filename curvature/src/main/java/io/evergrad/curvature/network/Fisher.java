/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.SplittableRandom;

/**
 * The gradients whose second moment E_x[R2(g_x, g_x)] ({@link ExampleGradients#secondMoment}) is a
 * Fisher information, over the examples of a forward pass.
 */
public final class Fisher {

  private Fisher() {}

  /**
   * Of labels drawn from the model's own predictions: their second moment is an unbiased sample of
   * the Fisher, which for cross-entropy is the generalised Gauss–Newton matrix too.
   *
   * @param random of the draw; the same state gives the same bits
   */
  public static ExampleGradients sampled(final Pass pass, final SplittableRandom random) {
    final NDArray logits = pass.logits();
    final int classes = (int) logits.getShape().get(1);
    return empirical(
        pass,
        draw(logits.softmax(1).toType(DataType.FLOAT32, false).toFloatArray(), classes, random));
  }

  /**
   * Of the true labels: their second moment is the empirical Fisher, whose mean is not the Fisher.
   *
   * @param labels one a prediction
   */
  public static ExampleGradients empirical(final Pass pass, final int[] labels) {
    final NDArray logits = pass.logits();
    return pass.backward(CrossEntropy.derivative(logits, logits.getManager().create(labels)));
  }

  /**
   * A class for each row of probabilities.
   *
   * @param probabilities rows × classes, each row of sum 1 up to rounding; a class of probability 0
   *     is never drawn
   */
  public static int[] draw(
      final float[] probabilities, final int classes, final SplittableRandom random) {
    final int[] labels = new int[probabilities.length / classes];
    for (int i = 0; i < labels.length; i++) {
      double left = random.nextDouble();
      for (int c = 0; c < classes && left >= 0; c++) {
        final float p = probabilities[i * classes + c];
        if (p > 0) {
          labels[i] = c;
          left -= p;
        }
      }
    }
    return labels;
  }
}
