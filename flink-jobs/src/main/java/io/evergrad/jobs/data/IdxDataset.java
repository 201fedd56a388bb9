/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A set of images to learn and a set of images to judge by, as MNIST and its kin come. Thread-safe.
 *
 * @param train the images to learn
 * @param heldOut the images that are never learned
 */
public record IdxDataset(LabelledImages train, LabelledImages heldOut) {
  /** The four files of a directory, gzipped IDX. */
  static final String TRAIN_IMAGES = "train-images-idx3-ubyte.gz";

  static final String TRAIN_LABELS = "train-labels-idx1-ubyte.gz";
  static final String HELD_OUT_IMAGES = "t10k-images-idx3-ubyte.gz";
  static final String HELD_OUT_LABELS = "t10k-labels-idx1-ubyte.gz";

  /**
   * @throws IllegalArgumentException if the images differ in size, or a class is held out that is
   *     not learned
   */
  public IdxDataset {
    if (train.rows() != heldOut.rows() || train.columns() != heldOut.columns()) {
      throw new IllegalArgumentException(
          "held-out images of %d × %d pixels: expected %d × %d, as those to learn"
              .formatted(heldOut.rows(), heldOut.columns(), train.rows(), train.columns()));
    }
    if (classes(heldOut) > classes(train)) {
      throw new IllegalArgumentException(
          "a held-out image of class %d: expected at most %d, the highest of those to learn"
              .formatted(classes(heldOut) - 1, classes(train) - 1));
    }
  }

  /**
   * Reads the four standard files of a directory: {@code train-images-idx3-ubyte.gz}, {@code
   * train-labels-idx1-ubyte.gz}, {@code t10k-images-idx3-ubyte.gz}, {@code
   * t10k-labels-idx1-ubyte.gz}.
   *
   * @throws IOException if a file is missing or is not what it should be, naming it
   */
  public static IdxDataset read(final Path directory) throws IOException {
    return read(
        directory.toString(),
        name -> {
          final Path file = directory.resolve(name);
          if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                file.toString(),
                null,
                "a data directory holds four IDX files, this one is missing");
          }
          return Files.newInputStream(file);
        });
  }

  /** Number of classes: one more than the highest label to learn. */
  public int classes() {
    return classes(train);
  }

  static IdxDataset read(final String name, final Source source) throws IOException {
    try {
      return new IdxDataset(
          images(source, TRAIN_IMAGES, TRAIN_LABELS),
          images(source, HELD_OUT_IMAGES, HELD_OUT_LABELS));
    } catch (final IllegalArgumentException e) {
      throw new IOException(name + ": " + e.getMessage(), e);
    }
  }

  private static LabelledImages images(
      final Source source, final String images, final String labels) throws IOException {
    try (InputStream imageBytes = source.open(images);
        InputStream labelBytes = source.open(labels)) {
      return IdxReader.read(images, imageBytes, labels, labelBytes);
    }
  }

  private static int classes(final LabelledImages images) {
    int highest = 0;
    for (int i = 0; i < images.size(); i++) {
      highest = Math.max(highest, images.label(i));
    }
    return highest + 1;
  }

  /** Where the files come from. */
  @FunctionalInterface
  interface Source {
    InputStream open(String name) throws IOException;
  }
}
