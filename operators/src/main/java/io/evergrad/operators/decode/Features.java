/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * The features of one example, kept as compactly as they came. The array is shared, not copied;
 * nobody may write to it.
 *
 * @param encoding how a feature is written
 * @param bytes all features, one after another
 */
public record Features(Encoding encoding, byte[] bytes) {
  private static final VarHandle FLOATS =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final float[] SCALED = new float[256];

  static {
    for (int i = 0; i < SCALED.length; i++) {
      SCALED[i] = i / 255f;
    }
  }

  /** How a feature is written. */
  public enum Encoding {
    /** One unsigned byte, scaled by 1/255. */
    UINT8(1),
    /** IEEE 754 single precision, little-endian. */
    FLOAT32(Float.BYTES),
    /** One unsigned byte, a token's id. */
    TOKEN8(1);

    private final int bytes;

    Encoding(final int bytes) {
      this.bytes = bytes;
    }

    /** Width of one feature in bytes. */
    public int bytes() {
      return bytes;
    }
  }

  /**
   * @throws IllegalArgumentException if the bytes are not a whole number of features
   */
  public Features {
    Objects.requireNonNull(encoding, "encoding");
    if (bytes.length % encoding.bytes() != 0) {
      throw new IllegalArgumentException(
          bytes.length + " bytes are not a whole number of " + encoding + " features");
    }
  }

  /** Features from floats. */
  public static Features of(final float... values) {
    final byte[] bytes = new byte[values.length * Float.BYTES];
    for (int i = 0; i < values.length; i++) {
      FLOATS.set(bytes, i * Float.BYTES, values[i]);
    }
    return new Features(Encoding.FLOAT32, bytes);
  }

  /** How many there are. */
  public int width() {
    return bytes.length / encoding.bytes();
  }

  /**
   * One of them.
   *
   * @param index in [0, width)
   */
  public float get(final int index) {
    return switch (encoding) {
      case UINT8 -> SCALED[bytes[index] & 0xff];
      case FLOAT32 -> (float) FLOATS.get(bytes, index * Float.BYTES);
      case TOKEN8 -> bytes[index] & 0xff;
    };
  }

  /** Whether none of them is NaN or infinite. */
  public boolean finite() {
    if (encoding == Encoding.FLOAT32) {
      for (int i = 0; i < width(); i++) {
        if (!Float.isFinite(get(i))) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Writes all of them, as floats, into a row of a micro-batch.
   *
   * @param target receives {@link #width()} floats
   * @param offset index of the first
   */
  public void copyTo(final float[] target, final int offset) {
    final int width = width();
    Objects.checkFromIndexSize(offset, width, target.length);
    switch (encoding) {
      case UINT8 -> {
        for (int i = 0; i < width; i++) {
          target[offset + i] = SCALED[bytes[i] & 0xff];
        }
      }
      case FLOAT32 -> {
        for (int i = 0; i < width; i++) {
          target[offset + i] = (float) FLOATS.get(bytes, i * Float.BYTES);
        }
      }
      case TOKEN8 -> {
        for (int i = 0; i < width; i++) {
          target[offset + i] = bytes[i] & 0xff;
        }
      }
    }
  }

  @Override
  public boolean equals(final Object other) {
    return other instanceof Features that
        && encoding == that.encoding
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * encoding.hashCode() + Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return width() + " × " + encoding;
  }
}
