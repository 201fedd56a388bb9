/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/** The model has no such version, or none at all. */
public final class NoSuchVersionException extends StoreException {

  private static final long serialVersionUID = 1L;

  NoSuchVersionException(final String message) {
    super(message);
  }
}
