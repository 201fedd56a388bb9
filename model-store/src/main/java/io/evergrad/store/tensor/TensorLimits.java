/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store.tensor;

/**
 * The largest container that a reader accepts.
 *
 * @param headerBytes most bytes of the JSON header, at least 2
 * @param dataBytes most bytes of all tensors together, at least 0
 */
public record TensorLimits(int headerBytes, long dataBytes) {

  /** A header of 16 MiB (some 100,000 tensors), and data of 64 GiB. */
  public static final TensorLimits DEFAULT = new TensorLimits(16 << 20, 64L << 30);

  /**
   * @throws IllegalArgumentException if a limit is out of range, naming it
   */
  public TensorLimits {
    if (headerBytes < 2) {
      throw new IllegalArgumentException("headerBytes " + headerBytes + ": expected at least 2");
    }
    if (dataBytes < 0) {
      throw new IllegalArgumentException("dataBytes " + dataBytes + ": expected at least 0");
    }
  }
}
