/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** The loss −log softmax(z)[label], in nats. */
public final class CrossEntropy {

  private CrossEntropy() {}

  /**
   * Its derivative by the logits, softmax(z) − onehot(label).
   *
   * @param logits rows × classes
   * @param labels one a row, int32 or int64
   * @return rows × classes
   */
  public static NDArray derivative(final NDArray logits, final NDArray labels) {
    return derivativeAt(logits.softmax(1), labels);
  }

  /**
   * The same from probabilities.
   *
   * @param probabilities softmax(z), rows × classes
   * @param labels one a row, int32 or int64
   * @return rows × classes
   */
  public static NDArray derivativeAt(final NDArray probabilities, final NDArray labels) {
    final int classes = (int) probabilities.getShape().get(1);
    return probabilities.sub(labels.oneHot(classes, probabilities.getDataType()));
  }

  /**
   * Its mean over the rows.
   *
   * @param logits rows × classes; −∞ for classes that are no candidates
   * @param labels one a row
   */
  public static double mean(final NDArray logits, final int[] labels) {
    final NDArray chosen =
        logits.getManager().create(labels).toType(DataType.INT64, false).expandDims(1);
    return -logits.logSoftmax(1).gather(chosen, 1).sum().toType(DataType.FLOAT64, false).getDouble()
        / labels.length;
  }
}
