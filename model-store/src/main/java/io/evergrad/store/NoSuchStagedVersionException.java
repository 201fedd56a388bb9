/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/** What should be published is neither staged nor published: it was aborted or removed. */
public final class NoSuchStagedVersionException extends StoreException {

  private static final long serialVersionUID = 1L;

  NoSuchStagedVersionException(final String message) {
    super(message);
  }
}
