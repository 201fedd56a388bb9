/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxDatasetTest {
  @TempDir private Path directory;

  @BeforeEach
  void writeGoodFiles() throws IOException {
    IdxFiles.write(directory, 2, 3, new int[] {0, 1, 2, 250}, new int[] {2, 1});
  }

  @Test
  void readsEveryPixelAndLabel() throws IOException {
    final IdxDataset data = IdxDataset.read(directory);

    assertThat(data.classes()).isEqualTo(251);
    assertThat(data.train().size()).isEqualTo(4);
    assertThat(data.train().rows()).isEqualTo(2);
    assertThat(data.train().columns()).isEqualTo(3);
    assertThat(data.train().label(3)).isEqualTo(250);
    assertThat(data.heldOut().label(0)).isEqualTo(2);
    for (int image = 0; image < 4; image++) {
      for (int pixel = 0; pixel < 6; pixel++) {
        assertThat(Byte.toUnsignedInt(data.train().image(image)[pixel]))
            .isEqualTo(IdxFiles.pixel(image, pixel, 1));
      }
    }
    assertThat(Byte.toUnsignedInt(data.heldOut().image(1)[5])).isEqualTo(IdxFiles.pixel(1, 5, 2));
  }

  @Test
  void givesOutCopies() throws IOException {
    final LabelledImages images = IdxDataset.read(directory).train();

    images.image(1)[0]++;

    assertThat(Byte.toUnsignedInt(images.image(1)[0])).isEqualTo(IdxFiles.pixel(1, 0, 1));
  }

  @Test
  void namesAMissingFile() throws IOException {
    Files.delete(directory.resolve("t10k-labels-idx1-ubyte.gz"));

    refusal("t10k-labels-idx1-ubyte.gz", "missing");
  }

  @Test
  void refusesAnotherMagicNumber() throws IOException {
    write("train-images-idx3-ubyte.gz", IdxFiles.labels(0, 1));

    refusal("train-images-idx3-ubyte.gz", "0x00000801", "expected 0x00000803");
  }

  @Test
  void refusesWhatIsNotGzip() throws IOException {
    write("train-labels-idx1-ubyte.gz", new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});

    refusal("train-labels-idx1-ubyte.gz", "not a gzip file");
  }

  @Test
  void refusesAnEmptyFile() throws IOException {
    write("train-images-idx3-ubyte.gz", new byte[0]);

    refusal("train-images-idx3-ubyte.gz", "ends too early");
  }

  @Test
  void refusesOtherCountsOfLabelsAndImages() throws IOException {
    write("train-labels-idx1-ubyte.gz", IdxFiles.labels(0, 1, 2));

    refusal("holds 3 labels", "holds 4");
  }

  @Test
  void refusesSizesOutOfRangeBeforeAllocating() throws IOException {
    for (final int[] header :
        new int[][] {
          {0x803, -1, 2, 3}, {0x803, 4, 0, 3}, {0x803, 4, 2, 5000}, {0x803, 2_000_000, 4096, 4096}
        }) {
      write("train-images-idx3-ubyte.gz", IdxFiles.file(header, new byte[24]));

      refusal("train-images-idx3-ubyte.gz", "declares " + header[1] + " images");
    }
  }

  @Test
  void allocatesNoMoreThanThereIs() throws IOException {
    // Two gigabytes claimed: more than a third of the heap of the tests could not be had at once.
    write(
        "train-images-idx3-ubyte.gz",
        IdxFiles.file(new int[] {0x803, 127, 4096, 4096}, new byte[24]));
    final long before = allocated();

    refusal("train-images-idx3-ubyte.gz", "24 of 2130706432 bytes");

    assertThat(allocated() - before).isLessThan(50_000_000);
  }

  @Test
  void refusesMoreThanDeclared() throws IOException {
    write("train-images-idx3-ubyte.gz", IdxFiles.file(new int[] {0x803, 4, 2, 3}, new byte[25]));

    refusal("train-images-idx3-ubyte.gz", "goes on after the 24 bytes");
  }

  @Test
  void refusesACutFile() throws IOException {
    final Path file = directory.resolve("train-images-idx3-ubyte.gz");
    final byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));

      refusal("train-images-idx3-ubyte.gz");
    }
  }

  @Test
  void refusesHeldOutImagesOfAnotherSizeOrClass() throws IOException {
    write("t10k-images-idx3-ubyte.gz", IdxFiles.images(2, 3, 2, 2));
    refusal(directory.toString(), "3 × 2", "expected 2 × 3");

    write("t10k-images-idx3-ubyte.gz", IdxFiles.images(2, 2, 3, 2));
    write("t10k-labels-idx1-ubyte.gz", IdxFiles.labels(1, 251));
    refusal(directory.toString(), "class 251", "at most 250");
  }

  private void write(final String name, final byte[] bytes) throws IOException {
    Files.write(directory.resolve(name), bytes);
  }

  private void refusal(final String... parts) {
    assertThatThrownBy(() -> IdxDataset.read(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(parts);
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }
}
