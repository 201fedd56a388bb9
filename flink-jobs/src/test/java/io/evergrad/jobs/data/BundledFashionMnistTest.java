/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundledFashionMnistTest {

  @Test
  void holdsAsManyImagesOfEachClass() {
    final IdxDataset data = BundledFashionMnist.load();

    assertThat(data.classes()).isEqualTo(10);
    assertThat(data.train().pixels()).isEqualTo(28 * 28);
    assertThat(perClass(data.train())).containsOnly(BundledSubset.TRAIN_PER_CLASS);
    assertThat(perClass(data.heldOut())).containsOnly(BundledSubset.HELD_OUT_PER_CLASS);
  }

  @Test
  void learnsNoImageThatIsHeldOut() {
    final IdxDataset data = BundledFashionMnist.load();
    final Set<String> learned = new HashSet<>();
    for (int i = 0; i < data.train().size(); i++) {
      learned.add(Arrays.toString(data.train().image(i)));
    }

    // The full set itself holds a few images twice.
    assertThat(learned).hasSizeGreaterThan(9_990);
    for (int i = 0; i < data.heldOut().size(); i++) {
      assertThat(learned).doesNotContain(Arrays.toString(data.heldOut().image(i)));
    }
  }

  @Test
  void subsetIsBalancedRepeatableAndKeepsImagesWithTheirLabels(@TempDir final Path directory)
      throws Exception {
    final int[] labels = new int[60];
    Arrays.setAll(labels, i -> i % 7 == 0 ? 0 : i % 3);
    IdxFiles.write(directory, 2, 3, labels, labels);
    final IdxDataset full = IdxDataset.read(directory);

    BundledSubset.write(full, directory.resolve("a"), 5, 2);
    BundledSubset.write(full, directory.resolve("b"), 5, 2);

    final IdxDataset subset = IdxDataset.read(directory.resolve("a"));
    final IdxDataset again = IdxDataset.read(directory.resolve("b"));
    assertThat(perClass(subset.train())).startsWith(5, 5, 5);
    assertThat(subset.train().size()).isEqualTo(15);
    assertThat(subset.heldOut().size()).isEqualTo(6);
    for (int i = 0; i < subset.train().size(); i++) {
      assertThat(subset.train().image(i)).isEqualTo(again.train().image(i));
      int original = 0;
      while (!Arrays.equals(full.train().image(original), subset.train().image(i))) {
        original++;
      }
      assertThat(subset.train().label(i)).isEqualTo(labels[original]);
    }
  }

  private static int[] perClass(final LabelledImages images) {
    final int[] counts = new int[10];
    for (int i = 0; i < images.size(); i++) {
      counts[images.label(i)]++;
    }
    return counts;
  }
}
