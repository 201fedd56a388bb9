/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store.tensor;

import java.io.IOException;

/** Bytes that are not a whole and well-formed safetensors container, or exceed the limits. */
public final class TensorFormatException extends IOException {

  private static final long serialVersionUID = 1L;

  TensorFormatException(final String source, final String problem) {
    super(source + ": " + problem);
  }

  TensorFormatException(final String source, final String problem, final Throwable cause) {
    super(source + ": " + problem, cause);
  }
}
