/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

/**
 * A configuration that cannot be used; the message names the key, the value and what is expected.
 */
public final class InvalidConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidConfigurationException(final String message) {
    super(message);
  }

  InvalidConfigurationException(final String message, final Throwable cause) {
    super(message, cause);
  }
}
