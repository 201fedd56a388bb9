/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.derivation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import io.evergrad.curvature.invariance.GroupElement;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Finds by trying out which groups pass through a block: f(Aθ, Ax) = A f(θ, x) for random elements
 * A, values θ of the block's parameters and inputs x of several sizes.
 *
 * @param block f
 * @param inputs of the right shapes and types
 * @param inputAxis the axis of the first input that A moves; {@link #FIXED} if none
 * @param parameterAxes the axes of the block's parameters that A moves; others are ignored
 * @param outputAxis the axis of the output that A moves; {@link #FIXED} if none
 */
record Equivariance(
    Block block, NDList inputs, int inputAxis, Set<ParameterAxis> parameterAxes, int outputAxis) {
  static final int FIXED = -1;

  private static final int ELEMENTS = 4;
  private static final double TOLERANCE = 1e-3;

  /** Of the inputs; only beyond the ordinary may a block overflow. */
  private static final List<Double> SIZES = List.of(0.1, 1.0, 10.0, 1000.0);

  private static final double ORDINARY = 1;

  /** The largest group that passes, of those no larger than a given one. */
  Optional<GroupType> largest(final Group group, final SplittableRandom random) {
    return Units.TYPES.stream()
        .filter(type -> Units.smaller(type, group.type()) == type)
        .filter(type -> holds(new Group(type, group.size()), random.split()))
        .findFirst();
  }

  /** Whether that group passes. */
  boolean holds(final Group group, final SplittableRandom random) {
    final BlockFunction function = BlockFunction.of(block);
    final List<GroupElement> elements =
        Stream.generate(() -> GroupElement.random(group, random))
            .filter(element -> !element.isIdentity() || group.size() == 1)
            .limit(ELEMENTS)
            .toList();
    for (final double size : SIZES) {
      try (NDManager scope = inputs.head().getManager().newSubManager()) {
        final NDList values = function.randomValues(scope, random);
        final NDList x = new NDList();
        for (final NDArray input : inputs) {
          x.add(sample(scope, input, size, random));
        }
        final NDList outputs = function.apply(values, x, false);
        if (outputs.size() != 1) {
          return false;
        }
        final NDArray y = outputs.head();
        if (!y.isInfinite().any().getBoolean() && !y.isNaN().any().getBoolean()) {
          for (final GroupElement element : elements) {
            final NDList moved = new NDList(x);
            if (inputAxis != FIXED) {
              moved.set(0, element.apply(x.head(), inputAxis));
            }
            final NDArray found =
                function.apply(moved(function, values, element), moved, false).head();
            final NDArray expected = outputAxis == FIXED ? y : element.apply(y, outputAxis);
            if (!(largest(found.sub(expected)) <= TOLERANCE * largest(y))) {
              return false;
            }
          }
        } else if (size <= ORDINARY) {
          return false;
        }
      }
    }
    return true;
  }

  /** Normal numbers; inputs that are no such numbers, as indices are not, stay as they are. */
  private static NDArray sample(
      final NDManager scope,
      final NDArray input,
      final double size,
      final SplittableRandom random) {
    if (!input.getDataType().isFloating()) {
      final NDArray same = input.duplicate();
      same.attach(scope);
      return same;
    }
    final double[] normal = new double[Math.toIntExact(input.size())];
    for (int i = 0; i < normal.length; i++) {
      normal[i] = size * random.nextGaussian();
    }
    return scope.create(normal, input.getShape()).toType(input.getDataType(), false);
  }

  private NDList moved(
      final BlockFunction function, final NDList values, final GroupElement element) {
    final NDList moved = new NDList(values.size());
    for (int i = 0; i < values.size(); i++) {
      NDArray value = values.get(i);
      for (int axis = 0; axis < value.getShape().dimension(); axis++) {
        if (parameterAxes.contains(new ParameterAxis(function.parameters().get(i), axis))) {
          value = element.apply(value, axis);
        }
      }
      moved.add(value);
    }
    return moved;
  }

  private static double largest(final NDArray array) {
    return array.toType(DataType.FLOAT64, false).abs().max().getDouble();
  }
}
