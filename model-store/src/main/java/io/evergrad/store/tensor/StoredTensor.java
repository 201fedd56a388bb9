/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * A dense tensor as it is stored.
 *
 * @param type element type
 * @param shape length of each axis, all at least zero; empty for a scalar
 * @param data row-major elements, little-endian; its length is the element count times the element
 *     width. Neither array is copied: nobody may write to them afterwards
 */
public record StoredTensor(DType type, long[] shape, byte[] data) {

  /**
   * @throws IllegalArgumentException if an axis is negative, the element count overflows, or the
   *     shape and the length of the data do not agree
   */
  public StoredTensor {
    Objects.requireNonNull(type, "type");
    final long expected = byteCount(type, shape);
    if (expected != data.length) {
      throw new IllegalArgumentException(
          "%s%s: expected %d bytes, found %d"
              .formatted(type, Arrays.toString(shape), expected, data.length));
    }
  }

  /**
   * @param shape its product is the number of values
   */
  public static StoredTensor ofFloats(final float[] values, final long... shape) {
    final ByteBuffer buffer =
        littleEndian(new byte[Math.multiplyExact(values.length, Float.BYTES)]);
    buffer.asFloatBuffer().put(values);
    return new StoredTensor(DType.F32, shape, buffer.array());
  }

  /**
   * @param shape its product is the number of values
   */
  public static StoredTensor ofDoubles(final double[] values, final long... shape) {
    final ByteBuffer buffer =
        littleEndian(new byte[Math.multiplyExact(values.length, Double.BYTES)]);
    buffer.asDoubleBuffer().put(values);
    return new StoredTensor(DType.F64, shape, buffer.array());
  }

  /**
   * @param shape its product is the number of values
   */
  public static StoredTensor ofLongs(final long[] values, final long... shape) {
    final ByteBuffer buffer = littleEndian(new byte[Math.multiplyExact(values.length, Long.BYTES)]);
    buffer.asLongBuffer().put(values);
    return new StoredTensor(DType.I64, shape, buffer.array());
  }

  /**
   * The elements of an {@link DType#F32} tensor, copied.
   *
   * @throws IllegalStateException if the elements are of another type
   */
  public float[] floats() {
    require(DType.F32);
    final float[] values = new float[data.length / Float.BYTES];
    littleEndian(data).asFloatBuffer().get(values);
    return values;
  }

  /**
   * The elements of an {@link DType#F64} tensor, copied.
   *
   * @throws IllegalStateException if the elements are of another type
   */
  public double[] doubles() {
    require(DType.F64);
    final double[] values = new double[data.length / Double.BYTES];
    littleEndian(data).asDoubleBuffer().get(values);
    return values;
  }

  /**
   * The elements of an {@link DType#I64} tensor, copied.
   *
   * @throws IllegalStateException if the elements are of another type
   */
  public long[] longs() {
    require(DType.I64);
    final long[] values = new long[data.length / Long.BYTES];
    littleEndian(data).asLongBuffer().get(values);
    return values;
  }

  /**
   * Bytes that a tensor takes.
   *
   * @throws IllegalArgumentException if an axis is negative or the product overflows
   */
  static long byteCount(final DType type, final long[] shape) {
    for (final long length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException(
            "shape %s: expected no negative axis".formatted(Arrays.toString(shape)));
      }
    }
    // An axis of length zero makes the tensor empty however long the others are.
    if (Arrays.stream(shape).anyMatch(length -> length == 0)) {
      return 0;
    }
    try {
      return Arrays.stream(shape).reduce(type.bytes(), Math::multiplyExact);
    } catch (final ArithmeticException e) {
      throw new IllegalArgumentException(
          "shape %s of %s: expected fewer than 2^63 bytes".formatted(Arrays.toString(shape), type),
          e);
    }
  }

  private void require(final DType expected) {
    if (type != expected) {
      throw new IllegalStateException(
          "expected a tensor of %s, found %s".formatted(expected, this));
    }
  }

  private static ByteBuffer littleEndian(final byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public boolean equals(final Object other) {
    return other instanceof StoredTensor that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * type.hashCode() + Arrays.hashCode(shape)) + Arrays.hashCode(data);
  }

  /** Type and shape, without the elements. */
  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
