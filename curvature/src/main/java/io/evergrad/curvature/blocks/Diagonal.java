/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.kinds.OuterProducts;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Diagonals of block matrices. Two parameters whose positions the group carries into each other,
 * signs aside, have the same diagonal element; one of each orbit of positions stands for all.
 */
final class Diagonal {
  private static final int CHUNK = 256;

  private final KindDecomposition kinds;

  Diagonal(final KindDecomposition kinds) {
    this.kinds = kinds;
  }

  /** The diagonal of the matrix with those blocks, one array a leaf. */
  NDList of(final NDList blocks) {
    final NDList diagonal = new NDList();
    for (int i = 0; i < kinds.symmetry().leaves().size(); i++) {
      diagonal.add(of(blocks, i));
    }
    return diagonal;
  }

  private NDArray of(final NDList blocks, final int index) {
    final Leaf leaf = kinds.symmetry().leaves().get(index);
    final int count = Math.toIntExact(leaf.count());
    final Map<List<Integer>, Integer> orbits = new LinkedHashMap<>();
    final int[] orbitOf = new int[count];
    for (int position = 0; position < count; position++) {
      orbitOf[position] =
          orbits.computeIfAbsent(representative(leaf, position), key -> orbits.size());
    }
    final List<List<Integer>> representatives = List.copyOf(orbits.keySet());
    final double[] values = new double[representatives.size()];
    for (int first = 0; first < values.length; first += CHUNK) {
      final int end = Math.min(first + CHUNK, values.length);
      final double[] forms = forms(blocks, index, representatives.subList(first, end));
      System.arraycopy(forms, 0, values, first, end - first);
    }
    final double[] result = new double[count];
    for (int position = 0; position < count; position++) {
      result[position] = values[orbitOf[position]];
    }
    final NDArray block = blocks.get(0);
    return block
        .getManager()
        .create(result, Vectors.shape(leaf))
        .toType(block.getDataType(), false);
  }

  /** The first position, by its indices, that the groups carry a position to. */
  private List<Integer> representative(final Leaf leaf, final int position) {
    final Integer[] indices = new Integer[leaf.shape().size()];
    int rest = position;
    for (int axis = indices.length - 1; axis >= 0; axis--) {
      indices[axis] = rest % leaf.shape().get(axis);
      rest /= leaf.shape().get(axis);
    }
    final Map<String, Map<Integer, Integer>> renamed = new LinkedHashMap<>();
    for (int axis = 0; axis < indices.length; axis++) {
      final String id = leaf.axes().get(axis);
      final Group group = kinds.symmetry().groups().get(id);
      if (group != null && permutes(group.type())) {
        final Map<Integer, Integer> names = renamed.computeIfAbsent(id, k -> new LinkedHashMap<>());
        indices[axis] = names.computeIfAbsent(indices[axis], k -> names.size());
      }
    }
    return List.of(indices);
  }

  /** Whether the group carries every unit into every other, signs aside. */
  private static boolean permutes(final GroupType type) {
    return switch (type) {
      case PERMUTATION, SIGNED_PERMUTATION, ORTHOGONAL -> true;
      case SIGN_FLIPS, IDENTITY -> false;
    };
  }

  /** eᵀHe for the unit vector e of each position of one leaf. */
  private double[] forms(
      final NDList blocks, final int index, final List<List<Integer>> positions) {
    final Leaf leaf = kinds.symmetry().leaves().get(index);
    final NDArray block = blocks.get(0);
    try (NDManager scope = block.getManager().newSubManager()) {
      final List<NDArray> axes = new ArrayList<>();
      for (int axis = 0; axis < leaf.shape().size(); axis++) {
        final int length = leaf.shape().get(axis);
        final double[] units = new double[positions.size() * length];
        for (int i = 0; i < positions.size(); i++) {
          units[i * length + positions.get(i).get(axis)] = 1;
        }
        axes.add(
            scope
                .create(units, new Shape(positions.size(), length))
                .toType(block.getDataType(), false));
      }
      final List<List<NDArray>> factors =
          new ArrayList<>(Collections.nCopies(kinds.symmetry().leaves().size(), List.of()));
      factors.set(index, axes);
      return new OuterProducts(factors)
          .quadraticForms(kinds, blocks)
          .toType(DataType.FLOAT64, false)
          .toDoubleArray();
    }
  }
}
