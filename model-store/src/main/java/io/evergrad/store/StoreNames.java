/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.util.regex.Pattern;

/** Names that become parts of paths. */
final class StoreNames {

  private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private StoreNames() {}

  static boolean isAllowed(final String name) {
    return ALLOWED.matcher(name).matches();
  }

  /**
   * @param what the kind of name, for the message
   * @throws IllegalArgumentException if the name could leave its directory or surprise a file
   *     system
   */
  static String require(final String what, final String name) {
    if (!isAllowed(name)) {
      throw new IllegalArgumentException(
          "%s \"%s\": expected 1 to 128 of A-Z a-z 0-9 . _ - beginning with a letter or digit"
              .formatted(what, name));
    }
    return name;
  }
}
