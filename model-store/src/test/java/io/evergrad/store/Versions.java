/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import io.evergrad.store.tensor.StoredTensor;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Small versions whose content follows from their key. */
final class Versions {

  static final String MODEL = "tiny";

  private static final int LARGE = 1 << 15;

  private Versions() {}

  static ModelContent of(final String job, final long checkpoint, final int sequence) {
    return of(new PublicationKey(job, checkpoint, sequence));
  }

  static ModelContent of(final PublicationKey key) {
    return of(MODEL, key);
  }

  static ModelContent of(final String model, final PublicationKey key) {
    final float value = key.hashCode();
    final SortedMap<String, StoredTensor> weights =
        new TreeMap<>(
            Map.of(
                "layer1.weight", StoredTensor.ofFloats(new float[] {value, 1f}, 1, 2),
                "layer1.bias", StoredTensor.ofFloats(new float[] {-value}, 1)));
    final Manifest manifest =
        new Manifest(
            model,
            "2-1 relu",
            ModelContent.shapesOf(weights),
            new TreeMap<>(Map.of("scheme", "joint")),
            key,
            new TreeMap<>(Map.of("examples-0", 1L << 40, "examples-1", 0L)),
            Long.MIN_VALUE,
            new TreeMap<>(Map.of("evergrad.batch", "128", "größe", "\"\\\n")),
            new TrainingProgress(4, 512, 2, 17),
            Instant.parse("2026-11-24T04:30:00.123456789Z"));
    return new ModelContent(
        manifest,
        weights,
        new TreeMap<>(Map.of("momentum", StoredTensor.ofDoubles(new double[] {value}, 1))),
        new TreeMap<>());
  }

  /** As {@link #of(PublicationKey)}, and long enough to be caught while it is written. */
  static ModelContent large(final PublicationKey key) {
    final ModelContent small = of(key);
    final double[] values = new Random(key.hashCode()).doubles(LARGE).toArray();
    return new ModelContent(
        small.manifest(),
        small.weights(),
        new TreeMap<>(Map.of("momentum", StoredTensor.ofDoubles(values, LARGE))),
        small.precision());
  }
}
