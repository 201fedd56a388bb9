/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Memory through which the features of micro-batches reach the engine, again and again. */
final class FeatureBuffer {
  private ByteBuffer bytes = ByteBuffer.allocateDirect(0);
  private float[] row = new float[0];

  /**
   * A batch's features, without a copy of the engine's own.
   *
   * @return size × width, float32, on the scope; valid until the next call
   */
  NDArray fill(final NDManager scope, final MicroBatch batch) {
    final int length =
        Math.multiplyExact(Math.multiplyExact(batch.size(), batch.width()), Float.BYTES);
    if (bytes.capacity() < length) {
      bytes = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }
    if (row.length != batch.width()) {
      row = new float[batch.width()];
    }
    bytes.clear().limit(length);
    final FloatBuffer floats = bytes.asFloatBuffer();
    for (int i = 0; i < batch.size(); i++) {
      batch.rows().copyTo(i, row, 0);
      floats.put(row);
    }
    return scope.create(bytes, new Shape(batch.size(), batch.width()), DataType.FLOAT32);
  }
}
