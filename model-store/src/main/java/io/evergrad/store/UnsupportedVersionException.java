/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/** The version was written in a newer format than this software knows. */
public final class UnsupportedVersionException extends StoreException {

  private static final long serialVersionUID = 1L;

  UnsupportedVersionException(final String message) {
    super(message);
  }
}
