/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;

/**
 * A part of Fashion-MNIST (Zalando SE, MIT licence) that needs no network: 10,000 images to learn
 * and 2,000 held out, of 28 × 28 pixels, as many of each of the ten classes.
 */
public final class BundledFashionMnist {
  private BundledFashionMnist() {}

  /**
   * Reads the bundled images.
   *
   * @throws UncheckedIOException if this build lacks them
   */
  public static IdxDataset load() {
    try {
      return IdxDataset.read("the bundled data set", BundledFashionMnist::open);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(final String name) throws IOException {
    final InputStream resource =
        BundledFashionMnist.class.getResourceAsStream("fashion-mnist/" + name);
    if (resource == null) {
      throw new NoSuchFileException(
          name, null, "not in this build: build it again from a clean tree");
    }
    return resource;
  }
}
