/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import io.evergrad.store.tensor.StoredTensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a version holds.
 *
 * @param manifest what it is; its shapes are those of the weights
 * @param weights parameters by name
 * @param preconditioner state of the learning rule
 * @param precision state of the protection
 */
public record ModelContent(
    Manifest manifest,
    SortedMap<String, StoredTensor> weights,
    SortedMap<String, StoredTensor> preconditioner,
    SortedMap<String, StoredTensor> precision) {

  /**
   * Copies the maps; the tensors are shared.
   *
   * @throws IllegalArgumentException if the manifest's shapes are not those of the weights
   */
  public ModelContent {
    weights = Collections.unmodifiableSortedMap(new TreeMap<>(weights));
    preconditioner = Collections.unmodifiableSortedMap(new TreeMap<>(preconditioner));
    precision = Collections.unmodifiableSortedMap(new TreeMap<>(precision));
    final SortedMap<String, List<Long>> shapes = shapesOf(weights);
    if (!shapes.equals(manifest.shapes())) {
      throw new IllegalArgumentException(
          "manifest of model %s: expected the shapes of the weights %s, found %s"
              .formatted(manifest.model(), shapes, manifest.shapes()));
    }
  }

  /** The shapes that a manifest of these weights must give. */
  public static SortedMap<String, List<Long>> shapesOf(
      final SortedMap<String, StoredTensor> weights) {
    final SortedMap<String, List<Long>> shapes = new TreeMap<>();
    weights.forEach(
        (name, tensor) -> shapes.put(name, Arrays.stream(tensor.shape()).boxed().toList()));
    return shapes;
  }
}
