/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.measure;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, cut short, to name things by what they hold. */
public final class Digests {
  private static final int BRIEF = 8;

  private Digests() {}

  /** A new SHA-256. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Ends a digest: its first 16 hexadecimal digits. */
  public static String brief(final MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest(), 0, BRIEF);
  }
}
