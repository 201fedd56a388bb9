/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Makes the bundled subset out of the full Fashion-MNIST: a seeded choice of as many images of each
 * class, in the order of the full set. Run its main method with the directory of the full set's
 * four files and the directory to write.
 */
final class BundledSubset {
  static final int TRAIN_PER_CLASS = 1000;
  static final int HELD_OUT_PER_CLASS = 200;
  private static final long SEED = 20260601;

  private BundledSubset() {}

  public static void main(final String[] args) throws IOException {
    write(IdxDataset.read(Path.of(args[0])), Path.of(args[1]), TRAIN_PER_CLASS, HELD_OUT_PER_CLASS);
  }

  static void write(final IdxDataset full, final Path directory, final int train, final int heldOut)
      throws IOException {
    Files.createDirectories(directory);
    final Random random = new Random(SEED);
    write(
        full.train(),
        choose(full.train(), train, random),
        directory.resolve(IdxDataset.TRAIN_IMAGES),
        directory.resolve(IdxDataset.TRAIN_LABELS));
    write(
        full.heldOut(),
        choose(full.heldOut(), heldOut, random),
        directory.resolve(IdxDataset.HELD_OUT_IMAGES),
        directory.resolve(IdxDataset.HELD_OUT_LABELS));
  }

  private static List<Integer> choose(
      final LabelledImages images, final int perClass, final Random random) {
    final List<Integer> order = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    final int[] taken = new int[256];
    order.removeIf(image -> taken[images.label(image)]++ >= perClass);
    Collections.sort(order);
    return order;
  }

  private static void write(
      final LabelledImages from, final List<Integer> chosen, final Path images, final Path labels)
      throws IOException {
    final byte[] pixels = new byte[chosen.size() * from.pixels()];
    for (int i = 0; i < chosen.size(); i++) {
      System.arraycopy(from.image(chosen.get(i)), 0, pixels, i * from.pixels(), from.pixels());
    }
    Files.write(
        images,
        IdxFiles.file(new int[] {0x0803, chosen.size(), from.rows(), from.columns()}, pixels));
    Files.write(labels, IdxFiles.labels(chosen.stream().mapToInt(from::label).toArray()));
  }
}
