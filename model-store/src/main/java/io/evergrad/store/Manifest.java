/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a version is and where it comes from. The version's number is not part of it: a version gets
 * its number when it is published.
 *
 * @param model name of the model: 1 to 128 of A-Z a-z 0-9 . _ - beginning with a letter or digit
 * @param network description of the network, such as "784-256-256-10 relu"
 * @param shapes shape of each parameter
 * @param symmetry the declared symmetry, free-form: what is declared to how
 * @param key the publication
 * @param offsets the next offset to read of each source partition, by "topic-partition"
 * @param seed seed of all randomness
 * @param configuration settings of the job
 * @param progress how far the model has learned
 * @param createdAt when the version was made, for people: nothing depends on it
 */
public record Manifest(
    String model,
    String network,
    SortedMap<String, List<Long>> shapes,
    SortedMap<String, String> symmetry,
    PublicationKey key,
    SortedMap<String, Long> offsets,
    long seed,
    SortedMap<String, String> configuration,
    TrainingProgress progress,
    Instant createdAt) {

  /**
   * Copies the maps.
   *
   * @throws IllegalArgumentException if the model's name is not allowed
   */
  public Manifest {
    StoreNames.require("model", model);
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(progress, "progress");
    Objects.requireNonNull(createdAt, "createdAt");
    final SortedMap<String, List<Long>> copiedShapes = new TreeMap<>();
    shapes.forEach((name, shape) -> copiedShapes.put(name, List.copyOf(shape)));
    shapes = Collections.unmodifiableSortedMap(copiedShapes);
    symmetry = Collections.unmodifiableSortedMap(new TreeMap<>(symmetry));
    offsets = Collections.unmodifiableSortedMap(new TreeMap<>(offsets));
    configuration = Collections.unmodifiableSortedMap(new TreeMap<>(configuration));
  }
}
