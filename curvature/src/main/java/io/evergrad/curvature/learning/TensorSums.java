/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.learning.HostTensor.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Sums of float32 tensors by name, such as parameters: computed in float64, in the order of the
 * arguments, and rounded once.
 */
public final class TensorSums {
  private TensorSums() {}

  /**
   * a + b.
   *
   * @throws IllegalArgumentException if names, shapes or types differ, naming the tensor
   */
  public static SortedMap<String, HostTensor> plus(
      final SortedMap<String, HostTensor> a, final SortedMap<String, HostTensor> b) {
    return combine(List.of(a, b), new double[] {1, 1}, 1);
  }

  /**
   * a − b.
   *
   * @throws IllegalArgumentException if names, shapes or types differ, naming the tensor
   */
  public static SortedMap<String, HostTensor> minus(
      final SortedMap<String, HostTensor> a, final SortedMap<String, HostTensor> b) {
    return combine(List.of(a, b), new double[] {1, -1}, 1);
  }

  /**
   * Σ n_i a_i / Σ n_i.
   *
   * @param n weights, at least one of them above 0
   * @throws IllegalArgumentException if names, shapes or types differ, naming the tensor
   */
  public static SortedMap<String, HostTensor> mean(
      final List<SortedMap<String, HostTensor>> a, final long[] n) {
    return combine(a, Arrays.stream(n).asDoubleStream().toArray(), Arrays.stream(n).sum());
  }

  private static SortedMap<String, HostTensor> combine(
      final List<SortedMap<String, HostTensor>> terms,
      final double[] factors,
      final double divisor) {
    final SortedMap<String, HostTensor> sums = new TreeMap<>();
    for (final Map.Entry<String, HostTensor> first : terms.get(0).entrySet()) {
      final List<FloatBuffer> values = new ArrayList<>();
      for (final SortedMap<String, HostTensor> term : terms) {
        values.add(floats(first.getKey(), first.getValue(), term));
      }
      final ByteBuffer sum =
          ByteBuffer.allocate(first.getValue().data().length).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < values.get(0).limit(); i++) {
        double total = 0;
        for (int t = 0; t < factors.length; t++) {
          total += factors[t] * values.get(t).get(i);
        }
        sum.putFloat((float) (total / divisor));
      }
      sums.put(
          first.getKey(),
          new HostTensor(ElementType.FLOAT32, first.getValue().shape(), sum.array()));
    }
    return sums;
  }

  private static FloatBuffer floats(
      final String name, final HostTensor expected, final SortedMap<String, HostTensor> term) {
    final HostTensor found = term.get(name);
    if (found == null
        || found.type() != ElementType.FLOAT32
        || expected.type() != ElementType.FLOAT32
        || !Arrays.equals(found.shape(), expected.shape())) {
      throw new IllegalArgumentException(
          "tensor '" + name + "': expected FLOAT32 like " + expected + ", found " + found);
    }
    return ByteBuffer.wrap(found.data()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
