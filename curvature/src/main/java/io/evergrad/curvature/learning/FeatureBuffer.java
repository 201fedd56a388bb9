/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Memory through which the features of micro-batches reach the engine, again and again. */
final class FeatureBuffer {
  private ByteBuffer bytes = ByteBuffer.allocateDirect(0);

  /**
   * A batch's features, without a copy of the engine's own.
   *
   * @return size × width, float32, on the scope; valid until the next call
   */
  NDArray fill(final NDManager scope, final MicroBatch batch) {
    final int floats = batch.size() * batch.width();
    final int length = Math.multiplyExact(floats, Float.BYTES);
    if (bytes.capacity() < length) {
      bytes = ByteBuffer.allocateDirect(length).order(ByteOrder.nativeOrder());
    }
    bytes.clear().limit(length);
    bytes.asFloatBuffer().put(batch.features(), 0, floats);
    return scope.create(bytes, new Shape(batch.size(), batch.width()), DataType.FLOAT32);
  }
}
