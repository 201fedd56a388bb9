/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import java.util.Arrays;

/**
 * A dense tensor in JVM memory, independent of any engine: what leaves the learner.
 *
 * @param type element type
 * @param shape length of each axis, all at least zero; empty for a scalar
 * @param data row-major elements, little-endian; its length is the element count times the element
 *     width. The array is not copied: neither side may write to it afterwards
 */
public record HostTensor(ElementType type, long[] shape, byte[] data) {

  /** Element types that learners keep. */
  public enum ElementType {
    FLOAT32(4),
    FLOAT64(8),
    INT64(8);

    private final int bytes;

    ElementType(final int bytes) {
      this.bytes = bytes;
    }

    /** Width of one element in bytes. */
    public int bytes() {
      return bytes;
    }
  }

  /**
   * @throws IllegalArgumentException if the shape and the length of the data do not agree
   */
  public HostTensor {
    long count = 1;
    for (final long length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException("negative axis in shape " + Arrays.toString(shape));
      }
      count = Math.multiplyExact(count, length);
    }
    if (Math.multiplyExact(count, type.bytes()) != data.length) {
      throw new IllegalArgumentException(
          "shape "
              + Arrays.toString(shape)
              + " of "
              + type
              + " needs "
              + count * type.bytes()
              + " bytes, found "
              + data.length);
    }
  }

  @Override
  public boolean equals(final Object other) {
    return other instanceof HostTensor that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * type.hashCode() + Arrays.hashCode(shape)) + Arrays.hashCode(data);
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape);
  }
}
