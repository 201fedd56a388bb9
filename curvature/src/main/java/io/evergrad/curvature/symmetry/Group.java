/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.symmetry;

/**
 * A group that acts on every axis that carries its id, by the same element on all of them.
 *
 * @param type how it acts
 * @param size n, the length of those axes; at least 1
 */
public record Group(GroupType type, int size) {

  /**
   * @throws IllegalArgumentException if the size is below 1
   */
  public Group {
    if (size < 1) {
      throw new IllegalArgumentException("group size " + size + ": expected at least 1");
    }
  }

  /**
   * The group of a text.
   *
   * @param text as {@link #toString()} gives it
   * @throws IllegalArgumentException quoting the text if it is not understood
   */
  public static Group parse(final String text) {
    final int space = text.lastIndexOf(' ');
    if (space < 0) {
      throw notAGroup(text, null);
    }
    try {
      return new Group(
          GroupType.of(text.substring(0, space)), Integer.parseInt(text.substring(space + 1)));
    } catch (final IllegalArgumentException e) {
      throw notAGroup(text, e);
    }
  }

  private static IllegalArgumentException notAGroup(final String text, final Exception cause) {
    return new IllegalArgumentException(
        "group '" + text + "': expected a type and a size, such as 'permutation 256'", cause);
  }

  /** The type's label and the size: {@code "signed-permutation 64"}. */
  @Override
  public String toString() {
    return type.label() + " " + size;
  }
}
