/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.IOException;

/** The store does not hold what was asked for, or holds it damaged or in an unknown format. */
public sealed class StoreException extends IOException
    permits CorruptVersionException,
        NoSuchVersionException,
        NoSuchStagedVersionException,
        UnsupportedVersionException {

  private static final long serialVersionUID = 1L;

  StoreException(final String message) {
    super(message);
  }

  StoreException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
