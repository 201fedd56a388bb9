/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The content of a {@code SHA256SUMS} file, which {@code sha256sum -c} reads too.
 *
 * @param digests hexadecimal SHA-256 by file name
 */
record Checksums(SortedMap<String, String> digests) {

  private static final Pattern LINE =
      Pattern.compile("([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)\n");
  private static final int BUFFER_BYTES = 1 << 16;

  Checksums {
    digests = Collections.unmodifiableSortedMap(new TreeMap<>(digests));
  }

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (final NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String hex(final MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  static Checksums read(final Path file) throws IOException {
    final byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (final NoSuchFileException e) {
      throw new CorruptVersionException(file, "missing", e);
    }
    final String text = new String(bytes, StandardCharsets.US_ASCII);
    final SortedMap<String, String> digests = new TreeMap<>();
    final Matcher matcher = LINE.matcher(text);
    int end = 0;
    while (matcher.lookingAt()) {
      digests.put(matcher.group(2), matcher.group(1));
      end = matcher.end();
      matcher.region(end, text.length());
    }
    final Checksums checksums = new Checksums(digests);
    if (end < text.length() || !checksums.render().equals(text)) {
      throw new CorruptVersionException(
          file, "expected lines of a SHA-256, two spaces and a file's name, in order of the names");
    }
    return checksums;
  }

  /** These, with the digest of one file's new content. */
  Checksums with(final String name, final byte[] content) {
    final SortedMap<String, String> changed = new TreeMap<>(digests);
    final MessageDigest digest = newDigest();
    digest.update(content);
    changed.put(name, hex(digest));
    return new Checksums(changed);
  }

  /** The file's text: a line for each file, in order of the names. */
  String render() {
    return digests.entrySet().stream()
        .map(entry -> entry.getValue() + "  " + entry.getKey() + "\n")
        .collect(Collectors.joining());
  }

  /**
   * Reads a file whole and compares.
   *
   * @throws CorruptVersionException if it is not listed, is missing or differs
   */
  void verify(final Path file) throws IOException {
    final MessageDigest digest = newDigest();
    try (InputStream input = new DigestInputStream(Files.newInputStream(file), digest)) {
      final byte[] buffer = new byte[BUFFER_BYTES];
      while (input.read(buffer) >= 0) {
        // The stream digests what is read.
      }
    } catch (final NoSuchFileException e) {
      throw new CorruptVersionException(file, "missing", e);
    }
    compare(file, hex(digest));
  }

  /** As {@link #verify(Path)}, for content that was read already. */
  void verify(final Path file, final byte[] content) throws CorruptVersionException {
    final MessageDigest digest = newDigest();
    digest.update(content);
    compare(file, hex(digest));
  }

  /** Verifies every listed file. */
  void verifyAll(final Path directory) throws IOException {
    for (final Map.Entry<String, String> entry : digests.entrySet()) {
      verify(directory.resolve(entry.getKey()));
    }
  }

  private void compare(final Path file, final String found) throws CorruptVersionException {
    final String expected = digests.get(file.getFileName().toString());
    if (expected == null) {
      throw new CorruptVersionException(file, "expected to be listed in SHA256SUMS, is not");
    }
    if (!expected.equals(found)) {
      throw new CorruptVersionException(file, "expected SHA-256 " + expected + ", found " + found);
    }
  }
}
