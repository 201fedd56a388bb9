/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Windows of the licence's text, in lower case and with single spaces: a token for each of the
 * commonest characters, and the last one for all others.
 */
final class LicenceText implements Source {
  private final int[] tokens;
  private final int window;

  /**
   * @param vocabulary different tokens, at least 2
   * @param window tokens of an example
   */
  LicenceText(final int vocabulary, final int window) {
    final String text = read().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
    final Map<Character, Long> counts =
        text.chars()
            .mapToObj(c -> (char) c)
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    final List<Character> commonest =
        counts.keySet().stream()
            .sorted(
                Comparator.comparing((Character c) -> -counts.get(c))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(vocabulary - 1L)
            .toList();
    tokens =
        text.chars()
            .map(c -> commonest.indexOf((char) c))
            .map(token -> token < 0 ? vocabulary - 1 : token)
            .toArray();
    this.window = window;
  }

  private static String read() {
    try (InputStream resource = LicenceText.class.getResourceAsStream("LICENSE")) {
      if (resource == null) {
        throw new IllegalStateException(
            "the licence's text is not in this build: build it again from a clean tree");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Examples draw(final SplittableRandom random, final int size) {
    final float[] features = new float[size * window];
    for (int i = 0; i < size; i++) {
      final int first = random.nextInt(tokens.length - window + 1);
      for (int t = 0; t < window; t++) {
        features[i * window + t] = tokens[first + t];
      }
    }
    return new Examples(features, new int[size]);
  }
}
