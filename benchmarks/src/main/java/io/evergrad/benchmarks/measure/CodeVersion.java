/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.measure;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Tells one state of the code from another by what is compiled, whether it was committed or not: a
 * digest of all classes and resources in some packages.
 */
public final class CodeVersion {
  private CodeVersion() {}

  /**
   * The digest of packages, their subpackages included, as 16 hexadecimal digits.
   *
   * @param anchors one class of each module, directory or jar, to search
   * @param packages names such as {@code io.evergrad.curvature}
   * @throws IOException if a module cannot be read
   */
  public static String of(final Collection<Class<?>> anchors, final List<String> packages)
      throws IOException {
    final SortedMap<String, byte[]> files = new TreeMap<>();
    final List<String> prefixes =
        packages.stream().map(name -> name.replace('.', '/') + "/").toList();
    for (final Class<?> anchor : anchors) {
      final Path module = module(anchor);
      if (Files.isDirectory(module)) {
        collect(module, prefixes, files);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(module)) {
          collect(jar.getPath("/"), prefixes, files);
        }
      }
    }
    final MessageDigest digest = Digests.sha256();
    files.forEach(
        (name, content) -> {
          digest.update(name.getBytes(StandardCharsets.UTF_8));
          digest.update(content);
        });
    return Digests.brief(digest);
  }

  private static Path module(final Class<?> anchor) throws IOException {
    try {
      return Path.of(anchor.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (final URISyntaxException e) {
      throw new IOException("no file holds " + anchor.getName(), e);
    }
  }

  private static void collect(
      final Path root, final List<String> prefixes, final SortedMap<String, byte[]> files)
      throws IOException {
    try (Stream<Path> tree = Files.walk(root)) {
      for (final Path file : tree.filter(Files::isRegularFile).toList()) {
        final String name = root.relativize(file).toString().replace('\\', '/');
        if (prefixes.stream().anyMatch(name::startsWith)) {
          files.put(name, Files.readAllBytes(file));
        }
      }
    }
  }
}
