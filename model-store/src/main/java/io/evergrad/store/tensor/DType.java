/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store.tensor;

/** Element types that are stored, by their safetensors names. */
public enum DType {
  /** IEEE 754 binary32. */
  F32(4),
  /** IEEE 754 binary64. */
  F64(8),
  /** Two's complement, 64 bits. */
  I64(8);

  private final int bytes;

  DType(final int bytes) {
    this.bytes = bytes;
  }

  /** Width of one element in bytes. */
  public int bytes() {
    return bytes;
  }
}
