/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.benchmarks.measure.Digests;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.LabelledImages;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;

/** Tells data sets apart by what they hold, wherever they were read from. */
final class DataDigest {
  private DataDigest() {}

  /** The digest of all images and labels, as 16 hexadecimal digits. */
  static String of(final IdxDataset data) {
    final MessageDigest digest = Digests.sha256();
    for (final LabelledImages images : List.of(data.train(), data.heldOut())) {
      digest.update(
          ByteBuffer.allocate(3 * Integer.BYTES)
              .putInt(images.size())
              .putInt(images.rows())
              .putInt(images.columns())
              .flip());
      for (int i = 0; i < images.size(); i++) {
        digest.update(images.image(i));
        digest.update((byte) images.label(i));
      }
    }
    return Digests.brief(digest);
  }
}
