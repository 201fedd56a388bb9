/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.blocks;

import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Random declarations of symmetries, and their group elements as dense matrices. */
public final class Declarations {
  private static final int LARGEST = 90;

  private Declarations() {}

  /** A few groups on a few tensors of one to four axes; about every third axis pair meets twice. */
  public static Symmetry random(final SplittableRandom random) {
    final SortedMap<String, Group> groups = new TreeMap<>();
    final GroupType[] types = GroupType.values();
    final int count = random.nextInt(1, 4);
    for (int i = 0; i < count; i++) {
      groups.put("g" + i, new Group(types[random.nextInt(types.length)], random.nextInt(1, 6)));
    }
    final List<Leaf> leaves = new ArrayList<>();
    int total = 0;
    for (int attempt = 0; attempt < 12; attempt++) {
      final Leaf leaf = leaf(random, groups, "t" + attempt);
      if (total + leaf.count() <= LARGEST) {
        leaves.add(leaf);
        total += (int) leaf.count();
      }
    }
    leaves.add(new Leaf("last", List.of(2), List.of(Leaf.FREE)));
    return new Symmetry(groups, leaves);
  }

  private static Leaf leaf(
      final SplittableRandom random, final SortedMap<String, Group> groups, final String name) {
    final List<String> ids = List.copyOf(groups.keySet());
    final List<Integer> shape = new ArrayList<>();
    final List<String> axes = new ArrayList<>();
    final Map<String, Integer> met = new HashMap<>();
    final int order = random.nextInt(1, 5);
    for (int axis = 0; axis < order; axis++) {
      final String id = ids.get(random.nextInt(ids.size()));
      if (random.nextInt(4) == 0 || met.merge(id, 1, Integer::sum) > 2) {
        axes.add(Leaf.FREE);
        shape.add(random.nextInt(1, 4));
      } else {
        axes.add(id);
        shape.add(groups.get(id).size());
      }
    }
    return new Leaf(name, shape, axes);
  }

  /** A random element of every group, as one matrix over all parameters. */
  static double[][] element(final Symmetry symmetry, final SplittableRandom random) {
    final Map<String, double[][]> elements = new HashMap<>();
    symmetry.groups().forEach((id, group) -> elements.put(id, element(group, random)));
    return whole(symmetry, elements);
  }

  private static double[][] element(final Group group, final SplittableRandom random) {
    final int n = group.size();
    final double[][] matrix = new double[n][n];
    if (group.type() == GroupType.ORTHOGONAL) {
      return rotation(n, random);
    }
    final int[] image = new int[n];
    for (int i = 0; i < n; i++) {
      image[i] = i;
    }
    if (group.type() == GroupType.PERMUTATION || group.type() == GroupType.SIGNED_PERMUTATION) {
      for (int i = n - 1; i > 0; i--) {
        final int j = random.nextInt(i + 1);
        final int kept = image[i];
        image[i] = image[j];
        image[j] = kept;
      }
    }
    final boolean signed =
        group.type() == GroupType.SIGNED_PERMUTATION || group.type() == GroupType.SIGN_FLIPS;
    for (int i = 0; i < n; i++) {
      matrix[i][image[i]] = signed && random.nextBoolean() ? -1 : 1;
    }
    return matrix;
  }

  /** Gram and Schmidt on normal rows. */
  private static double[][] rotation(final int n, final SplittableRandom random) {
    final double[][] rows = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        rows[i][j] = random.nextGaussian();
      }
      for (int k = 0; k <= i; k++) {
        double product = 0;
        for (int j = 0; j < n; j++) {
          product += rows[i][j] * rows[k][j];
        }
        for (int j = 0; j < n; j++) {
          rows[i][j] = k < i ? rows[i][j] - product * rows[k][j] : rows[i][j] / Math.sqrt(product);
        }
      }
    }
    return rows;
  }

  /**
   * Every element of every group, or an empty list if a group is infinite or there are too many.
   */
  static List<double[][]> orbit(final Symmetry symmetry, final int limit) {
    List<Map<String, double[][]>> elements = List.of(Map.of());
    for (final Map.Entry<String, Group> group : symmetry.groups().entrySet()) {
      final List<double[][]> all = all(group.getValue());
      if (all.isEmpty() || (long) all.size() * elements.size() > limit) {
        return List.of();
      }
      final List<Map<String, double[][]>> longer = new ArrayList<>();
      for (final Map<String, double[][]> chosen : elements) {
        for (final double[][] element : all) {
          final Map<String, double[][]> next = new HashMap<>(chosen);
          next.put(group.getKey(), element);
          longer.add(next);
        }
      }
      elements = longer;
    }
    return elements.stream().map(chosen -> whole(symmetry, chosen)).toList();
  }

  private static List<double[][]> all(final Group group) {
    final int n = group.size();
    final boolean permutes =
        group.type() == GroupType.PERMUTATION || group.type() == GroupType.SIGNED_PERMUTATION;
    final boolean signed =
        group.type() == GroupType.SIGN_FLIPS || group.type() == GroupType.SIGNED_PERMUTATION;
    if (group.type() == GroupType.ORTHOGONAL && n > 1) {
      return List.of();
    }
    List<double[][]> partial = List.<double[][]>of(new double[n][n]);
    for (int row = 0; row < n; row++) {
      final List<double[][]> longer = new ArrayList<>();
      for (final double[][] matrix : partial) {
        for (int column = permutes ? 0 : row; column < (permutes ? n : row + 1); column++) {
          boolean taken = false;
          for (int above = 0; above < row; above++) {
            taken |= matrix[above][column] != 0;
          }
          if (!taken) {
            longer.add(with(matrix, row, column, 1));
            if (signed || group.type() == GroupType.ORTHOGONAL) {
              longer.add(with(matrix, row, column, -1));
            }
          }
        }
      }
      partial = longer;
    }
    return partial;
  }

  private static double[][] with(
      final double[][] matrix, final int row, final int column, final double value) {
    final double[][] copy = new double[matrix.length][];
    for (int i = 0; i < matrix.length; i++) {
      copy[i] = matrix[i].clone();
    }
    copy[row][column] = value;
    return copy;
  }

  /** Elements by group id, as one matrix over all parameters. */
  public static double[][] whole(final Symmetry symmetry, final Map<String, double[][]> elements) {
    final int n = (int) symmetry.count();
    final double[][] matrix = new double[n][n];
    int first = 0;
    for (final Leaf leaf : symmetry.leaves()) {
      final int count = (int) leaf.count();
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
          matrix[first + i][first + j] = entry(leaf, elements, i, j);
        }
      }
      first += count;
    }
    return matrix;
  }

  private static double entry(
      final Leaf leaf, final Map<String, double[][]> elements, final int row, final int column) {
    double entry = 1;
    int i = row;
    int j = column;
    for (int axis = leaf.shape().size() - 1; axis >= 0; axis--) {
      final int length = leaf.shape().get(axis);
      final double[][] element = elements.get(leaf.axes().get(axis));
      if (element == null) {
        entry *= i % length == j % length ? 1 : 0;
      } else {
        entry *= element[i % length][j % length];
      }
      i /= length;
      j /= length;
    }
    return entry;
  }
}
