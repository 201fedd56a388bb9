/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;

/** Copies between native arrays and {@link HostTensor}, bit for bit. */
final class TensorCopies {

  private TensorCopies() {}

  static HostTensor toHost(final NDArray array) {
    final long[] shape = array.getShape().getShape();
    if (array.getDataType() == DataType.FLOAT32) {
      return ofFloats(array.toFloatArray(), shape);
    }
    final double[] values = array.toDoubleArray();
    final ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, 8)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return new HostTensor(HostTensor.ElementType.FLOAT64, shape, bytes.array());
  }

  static HostTensor ofLong(final long value) {
    final ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(value);
    return new HostTensor(HostTensor.ElementType.INT64, new long[0], bytes.array());
  }

  static HostTensor ofDouble(final double value) {
    final ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putDouble(value);
    return new HostTensor(HostTensor.ElementType.FLOAT64, new long[0], bytes.array());
  }

  static HostTensor ofFloats(final float[] values, final long... shape) {
    final ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, 4)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new HostTensor(HostTensor.ElementType.FLOAT32, shape, bytes.array());
  }

  static HostTensor ofLongs(final long[] values) {
    final ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, 8)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return new HostTensor(HostTensor.ElementType.INT64, new long[] {values.length}, bytes.array());
  }

  /** Fills the target from a tensor of that shape. */
  static void floatsAt(
      final Map<String, HostTensor> tensors,
      final String name,
      final float[] target,
      final long... shape) {
    ByteBuffer.wrap(expect(tensors, name, HostTensor.ElementType.FLOAT32, shape).data())
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(target);
  }

  /** Fills the target from a tensor of one axis of its length. */
  static void longsAt(
      final Map<String, HostTensor> tensors, final String name, final long[] target) {
    ByteBuffer.wrap(expect(tensors, name, HostTensor.ElementType.INT64, target.length).data())
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get(target);
  }

  static long longAt(final Map<String, HostTensor> tensors, final String name) {
    return ByteBuffer.wrap(expect(tensors, name, HostTensor.ElementType.INT64).data())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  static double doubleAt(final Map<String, HostTensor> tensors, final String name) {
    return ByteBuffer.wrap(expect(tensors, name, HostTensor.ElementType.FLOAT64).data())
        .order(ByteOrder.LITTLE_ENDIAN)
        .getDouble();
  }

  private static HostTensor expect(
      final Map<String, HostTensor> tensors,
      final String name,
      final HostTensor.ElementType type,
      final long... shape) {
    final HostTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "tensor '" + name + "' is missing, found " + tensors.keySet());
    }
    if (tensor.type() != type || !Arrays.equals(tensor.shape(), shape)) {
      throw new IllegalArgumentException(
          "tensor '" + name + "': expected " + type + Arrays.toString(shape) + ", found " + tensor);
    }
    return tensor;
  }

  /** Overwrites the target, signed zeros included, by a tensor of its type and shape. */
  static void restore(
      final NDArray target, final Map<String, HostTensor> tensors, final String name) {
    final boolean narrow = target.getDataType() == DataType.FLOAT32;
    final HostTensor tensor =
        expect(
            tensors,
            name,
            narrow ? HostTensor.ElementType.FLOAT32 : HostTensor.ElementType.FLOAT64,
            target.getShape().getShape());
    try (NDManager scope = target.getManager().newSubManager()) {
      target.set(new NDIndex("..."), toNative(scope, tensor));
    }
  }

  static NDArray toNative(final NDManager manager, final HostTensor tensor) {
    final ByteBuffer bytes = ByteBuffer.wrap(tensor.data()).order(ByteOrder.LITTLE_ENDIAN);
    if (tensor.type() == HostTensor.ElementType.FLOAT32) {
      final float[] values = new float[tensor.data().length / 4];
      bytes.asFloatBuffer().get(values);
      return manager.create(values, new Shape(tensor.shape()));
    }
    final double[] values = new double[tensor.data().length / 8];
    bytes.asDoubleBuffer().get(values);
    return manager.create(values, new Shape(tensor.shape()));
  }
}
