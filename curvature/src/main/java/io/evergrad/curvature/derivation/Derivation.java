/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.derivation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.evergrad.curvature.invariance.Axis;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The symmetry of a tree of DJL blocks, with a reason for every axis that is free.
 *
 * <p>Known are sequential and parallel blocks, linear and convolutional layers, batch and layer
 * norm, embeddings, recurrent layers without gates in one direction, and whatever has no
 * parameters: activations, pooling, flattening and dropout are tried out, and pass units on where
 * permuting, flipping or rotating them before is the same as after. All else is unknown, and free.
 * Each group that results is tried on the network's outputs too, and dropped if it changes them.
 * See docs/mathematics.md, "Checking a declaration".
 *
 * <p>Every parameter is a leaf, named by its path in the tree: also frozen ones, and the running
 * statistics of batch norms, whose gradient is zero, but which have to move along with their units
 * where the network runs in inference. To leave out a frozen tensor, declare free whatever carries
 * its groups.
 *
 * <p>Immutable, as long as the tree is not changed.
 */
public final class Derivation {
  private final BlockFunction function;
  private final Symmetry symmetry;
  private final Map<Axis, String> reasons;

  private Derivation(
      final BlockFunction function, final Symmetry symmetry, final Map<Axis, String> reasons) {
    this.function = function;
    this.symmetry = symmetry;
    this.reasons = Collections.unmodifiableMap(reasons);
  }

  /**
   * Derives the symmetry of a network.
   *
   * @param block initialised; neither it nor its parameters are changed
   * @param example inputs of the network, as a batch has them; not changed
   * @param seed of what is tried out
   * @throws IllegalArgumentException if the block is not initialised or has no parameters
   */
  public static Derivation of(final Block block, final NDList example, final long seed) {
    final BlockFunction function = BlockFunction.of(block);
    if (function.parameters().isEmpty()
        || !function.parameters().stream().allMatch(Parameter::isInitialized)) {
      throw new IllegalArgumentException(
          "the block has no parameters, or they are not initialised: call initialize first");
    }
    final SplittableRandom random = new SplittableRandom(seed);
    try (NDManager scope = example.head().getManager().newSubManager()) {
      final NDList inputs = new NDList();
      for (final NDArray input : example) {
        final NDArray copy = input.duplicate();
        copy.attach(scope);
        inputs.add(copy);
      }
      final Walk walk = new Walk(random.split());
      walk.network(block, inputs);
      return new Builder(function, walk).build(inputs, random);
    }
  }

  /** What was derived: one leaf a parameter, in the order of {@link Block#getParameters}. */
  public Symmetry symmetry() {
    return symmetry;
  }

  /** Why an axis is free, for every axis that is. */
  public Map<Axis, String> reasons() {
    return reasons;
  }

  /** θ: the network's own arrays, one a leaf. */
  public NDList parameters() {
    return new NDList(function.parameters().stream().map(Parameter::getArray).toList());
  }

  /**
   * Runs the network with other parameters than its own, which stay as they are.
   *
   * @param values one array a leaf, of its shape
   * @param training whether layers are to behave as in training
   * @return on the manager of the inputs
   */
  public NDList forward(final NDList values, final NDList inputs, final boolean training) {
    return function.apply(values, inputs, training);
  }

  /** What was derived, a line for each group and each tensor. */
  public String report() {
    final List<String> lines = new ArrayList<>();
    symmetry
        .groups()
        .forEach((id, group) -> lines.add(id + ": " + group.type().label() + " " + group.size()));
    for (final Leaf leaf : symmetry.leaves()) {
      lines.add(
          leaf.name()
              + " "
              + leaf.shape()
              + ": "
              + IntStream.range(0, leaf.axes().size())
                  .mapToObj(axis -> describe(leaf, axis))
                  .collect(Collectors.joining("; ")));
    }
    return String.join(System.lineSeparator(), lines);
  }

  private String describe(final Leaf leaf, final int axis) {
    final String carried = leaf.axes().get(axis);
    return "axis "
        + axis
        + " "
        + carried
        + (carried.equals(Leaf.FREE) ? " (" + reasons.get(new Axis(leaf.name(), axis)) + ")" : "");
  }

  /** Names what a walk found, and tries it on the whole network. */
  private record Builder(BlockFunction function, Walk walk) {

    private Derivation build(final NDList inputs, final SplittableRandom random) {
      walk.units().forEach(units -> tryOut(units, inputs, random));
      final Map<Parameter, String> names = new IdentityHashMap<>();
      function.block().getParameters().forEach(p -> names.putIfAbsent(p.getValue(), p.getKey()));
      final SortedMap<String, Group> groups = new TreeMap<>();
      final Map<Units, String> ids = new IdentityHashMap<>();
      final Map<Axis, String> reasons = new LinkedHashMap<>();
      final List<Leaf> leaves = new ArrayList<>();
      for (final Parameter parameter : function.parameters()) {
        final List<String> axes = new ArrayList<>();
        for (int i = 0; i < parameter.getShape().dimension(); i++) {
          final ParameterAxis axis = new ParameterAxis(parameter, i);
          final Optional<Units> units = walk.units(axis);
          final Optional<String> reason =
              units.isPresent() ? units.get().pinned() : Optional.of(walk.reason(axis));
          if (reason.isPresent()) {
            axes.add(Leaf.FREE);
            reasons.put(new Axis(names.get(parameter), i), reason.get());
          } else {
            axes.add(ids.computeIfAbsent(units.get(), u -> "units" + (ids.size() + 1)));
            groups.put(axes.get(i), units.get().group());
          }
        }
        leaves.add(
            new Leaf(
                names.get(parameter),
                LongStream.of(parameter.getShape().getShape()).mapToObj(Math::toIntExact).toList(),
                axes));
      }
      return new Derivation(function, new Symmetry(groups, leaves), reasons);
    }

    /** Pins units whose group changes the outputs, which no known layer should bring about. */
    private void tryOut(final Units units, final NDList inputs, final SplittableRandom random) {
      if (units.pinned().isEmpty()
          && !new Equivariance(
                  function.block(), inputs, Equivariance.FIXED, units.axes(), Equivariance.FIXED)
              .holds(units.group(), random.split())) {
        units.pin("derived, but moving these units changed the outputs when it was tried");
      }
    }
  }
}
