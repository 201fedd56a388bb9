/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.publication;

import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.store.tensor.DType;
import io.evergrad.store.tensor.StoredTensor;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The learner's tensors as the store's, and back; the bytes are shared. */
final class StoredTensors {
  private StoredTensors() {}

  static SortedMap<String, StoredTensor> stored(final SortedMap<String, HostTensor> tensors) {
    final SortedMap<String, StoredTensor> stored = new TreeMap<>();
    for (final Map.Entry<String, HostTensor> entry : tensors.entrySet()) {
      final HostTensor tensor = entry.getValue();
      final DType type =
          switch (tensor.type()) {
            case FLOAT32 -> DType.F32;
            case FLOAT64 -> DType.F64;
            case INT64 -> DType.I64;
          };
      stored.put(entry.getKey(), new StoredTensor(type, tensor.shape(), tensor.data()));
    }
    return stored;
  }

  static SortedMap<String, HostTensor> host(final SortedMap<String, StoredTensor> tensors) {
    final SortedMap<String, HostTensor> host = new TreeMap<>();
    for (final Map.Entry<String, StoredTensor> entry : tensors.entrySet()) {
      final StoredTensor tensor = entry.getValue();
      final HostTensor.ElementType type =
          switch (tensor.type()) {
            case F32 -> HostTensor.ElementType.FLOAT32;
            case F64 -> HostTensor.ElementType.FLOAT64;
            case I64 -> HostTensor.ElementType.INT64;
          };
      host.put(entry.getKey(), new HostTensor(type, tensor.shape(), tensor.data()));
    }
    return host;
  }
}
