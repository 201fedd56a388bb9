/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.derivation;

import static io.evergrad.curvature.derivation.Equivariance.FIXED;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv1d;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.convolutional.Conv3d;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.GhostBatchNorm;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.recurrent.RNN;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Follows units through a tree of blocks, on an example, and notes which axes of parameters carry
 * them. What it does not know pins the units that come in and go out, so that no group moves them.
 */
final class Walk {
  private static final Set<Class<?>> CONVOLUTIONS =
      Set.of(Conv1d.class, Conv2d.class, Conv3d.class);
  private static final Set<Class<?>> UNITWISE =
      Set.of(BatchNorm.class, GhostBatchNorm.class, LayerNorm.class);

  /**
   * What flows between two blocks.
   *
   * @param axis of the value, along which the units are
   */
  private record Wire(Units units, int axis, NDList value) {

    private Shape shape() {
      return value.head().getShape();
    }

    private boolean unitsAreLast() {
      return axis == shape().dimension() - 1;
    }
  }

  private final SplittableRandom random;
  private final Map<ParameterAxis, Units> carried = new LinkedHashMap<>();
  private final Map<ParameterAxis, String> free = new HashMap<>();

  Walk(final SplittableRandom random) {
    this.random = random;
  }

  /** Walks a whole network. */
  void network(final Block block, final NDList example) {
    final Wire out = follow(block, "", pinned(example, "input of the network"));
    out.units().pin("output of the network");
  }

  /** The units along an axis of a parameter, if there are any. */
  Optional<Units> units(final ParameterAxis axis) {
    return Optional.ofNullable(carried.get(axis)).map(Units::all);
  }

  /** All units that were found. */
  Set<Units> units() {
    final Set<Units> all = new LinkedHashSet<>();
    carried.values().forEach(units -> all.add(units.all()));
    return all;
  }

  /** Why there are no units along an axis. */
  String reason(final ParameterAxis axis) {
    return free.getOrDefault(axis, "not reached");
  }

  private Wire follow(final Block block, final String path, final Wire in) {
    if (block.getClass() == SequentialBlock.class
        && !((SequentialBlock) block).isReturnIntermediate()) {
      Wire wire = in;
      for (final Pair<String, Block> child : block.getChildren()) {
        wire = follow(child.getValue(), path + child.getKey(), wire);
      }
      return wire;
    }
    final ParameterStore store = new ParameterStore(in.value().head().getManager(), false);
    final NDList value = block.forward(store, new NDList(in.value()), false);
    if (in.value().size() != 1 || value.size() != 1) {
      return unknown(block, path, in, value);
    }
    if (block.getParameters().isEmpty()) {
      return through(block, path, in, value);
    }
    if (block.getClass() == ParallelBlock.class) {
      return parallel(block, path, in, value);
    }
    if (block.getClass() == Linear.class) {
      return product(
          block, path, in, in.unitsAreLast(), value, value.head().getShape().dimension() - 1);
    }
    if (CONVOLUTIONS.contains(block.getClass())) {
      return product(block, path, in, in.axis() == 1, value, 1);
    }
    if (UNITWISE.contains(block.getClass())) {
      return unitwise(block, path, in, value);
    }
    if (block instanceof Embedding) {
      return embedding(block, path, in, value);
    }
    if (block.getClass() == RNN.class) {
      return recurrent(block, path, in, value);
    }
    return unknown(block, path, in, value);
  }

  private static String name(final Block block, final String path) {
    return block.getClass().getSimpleName() + " '" + path + "'";
  }

  private Wire unknown(final Block block, final String path, final Wire in, final NDList value) {
    final String reason = "unknown layer " + name(block, path);
    leaveAll(block, reason);
    in.units().pin(reason);
    return pinned(value, reason);
  }

  private void leaveAll(final Block block, final String reason) {
    for (final Parameter parameter : block.getParameters().values()) {
      for (int axis = 0; axis < parameter.getShape().dimension(); axis++) {
        leave(new ParameterAxis(parameter, axis), reason);
      }
    }
  }

  private static Wire pinned(final NDList value, final String reason) {
    final Shape shape = value.head().getShape();
    final int axis = Math.min(1, shape.dimension() - 1);
    return new Wire(Units.pinned((int) shape.get(axis), reason), axis, value);
  }

  /** A block without parameters: units pass if moving them before and after is the same. */
  private Wire through(final Block block, final String path, final Wire in, final NDList value) {
    final Optional<String> reason = in.units().pinned();
    if (reason.isPresent()) {
      return pinned(value, reason.get());
    }
    if (block.getClass() == Dropout.class) {
      // What it drops is a unit: alike for units in other places, not for mixtures of them.
      in.units().restrict(GroupType.SIGNED_PERMUTATION);
      return new Wire(in.units(), in.axis(), value);
    }
    final ParameterStore store = new ParameterStore(in.value().head().getManager(), false);
    final NDArray trained = block.forward(store, new NDList(in.value()), true).head();
    final Shape shape = value.head().getShape();
    if (!trained.equals(value.head())) {
      final String other = name(block, path) + " is random, or does another thing in training";
      in.units().pin(other);
      return pinned(value, other);
    }
    for (final int axis : axesOf(shape, in)) {
      final Optional<GroupType> type =
          new Equivariance(block, in.value(), in.axis(), Set.of(), axis)
              .largest(in.units().group(), random);
      if (type.isPresent()) {
        in.units().restrict(type.get());
        return new Wire(in.units(), axis, value);
      }
    }
    final String mixed =
        name(block, path)
            + " does not treat units alike, or puts them on one axis with positions, as flattening"
            + " does";
    in.units().pin(mixed);
    return pinned(value, mixed);
  }

  /** Where the units may be afterwards: where they were, if possible, or elsewhere. */
  private static int[] axesOf(final Shape shape, final Wire in) {
    return IntStream.concat(
            IntStream.of(in.axis()).filter(axis -> axis < shape.dimension()),
            IntStream.range(0, shape.dimension()).filter(axis -> axis != in.axis()))
        .filter(axis -> shape.get(axis) == in.units().size())
        .toArray();
  }

  /** Weights of outputs × inputs (× positions), and a bias. */
  private Wire product(
      final Block block,
      final String path,
      final Wire in,
      final boolean readsUnits,
      final NDList value,
      final int outAxis) {
    final Units out = new Units((int) value.head().getShape().get(outAxis));
    for (final Parameter parameter : block.getDirectParameters().values()) {
      carry(parameter, 0, out);
      if (parameter.getShape().dimension() > 1) {
        read(parameter, 1, in, readsUnits, path);
      }
      for (int axis = 2; axis < parameter.getShape().dimension(); axis++) {
        leave(new ParameterAxis(parameter, axis), "position of a kernel");
      }
    }
    return new Wire(out, outAxis, value);
  }

  private void read(
      final Parameter parameter,
      final int axis,
      final Wire in,
      final boolean readsUnits,
      final String path) {
    final Optional<String> reason = in.units().pinned();
    final boolean all = parameter.getShape().get(axis) == in.units().size();
    if (reason.isPresent()) {
      leave(new ParameterAxis(parameter, axis), reason.get());
    } else if (readsUnits && all) {
      carry(parameter, axis, in.units());
    } else {
      in.units()
          .pin("'" + path + (all ? "' reads another axis" : "' does not read each unit once"));
      leave(new ParameterAxis(parameter, axis), in.units().pinned().orElseThrow());
    }
  }

  /** A norm: parameters with an entry a unit, by which the unit is scaled and shifted. */
  private Wire unitwise(final Block block, final String path, final Wire in, final NDList value) {
    final Optional<String> reason = in.units().pinned();
    if (reason.isPresent()) {
      leaveAll(block, reason.get());
      return pinned(value, reason.get());
    }
    final Set<ParameterAxis> axes = new LinkedHashSet<>();
    for (final Parameter parameter : block.getDirectParameters().values()) {
      final Shape shape = parameter.getShape();
      if (shape.dimension() == 1 && shape.get(0) == in.units().size()) {
        axes.add(new ParameterAxis(parameter, 0));
      } else if (shape.equals(in.shape().slice(1))) {
        axes.add(new ParameterAxis(parameter, in.axis() - 1));
      }
    }
    final Optional<GroupType> type =
        new Equivariance(block, in.value(), in.axis(), axes, in.axis())
            .largest(in.units().group(), random);
    if (type.isEmpty()) {
      return unknown(block, path, in, value);
    }
    in.units().restrict(type.get());
    for (final Parameter parameter : block.getDirectParameters().values()) {
      for (int axis = 0; axis < parameter.getShape().dimension(); axis++) {
        if (axes.contains(new ParameterAxis(parameter, axis))) {
          carry(parameter, axis, in.units());
        } else {
          leave(new ParameterAxis(parameter, axis), "position in " + name(block, path));
        }
      }
    }
    return new Wire(in.units(), in.axis(), value);
  }

  private Wire embedding(final Block block, final String path, final Wire in, final NDList value) {
    final int outAxis = value.head().getShape().dimension() - 1;
    final Units out = new Units((int) value.head().getShape().get(outAxis));
    in.units().pin("'" + path + "' reads numbers of entries");
    for (final Parameter parameter : block.getDirectParameters().values()) {
      leave(new ParameterAxis(parameter, 0), "entries of an embedding");
      carry(parameter, 1, out);
    }
    return new Wire(out, outAxis, value);
  }

  /** In one direction: of each layer a matrix from its inputs, a recurrent one, and two biases. */
  private Wire recurrent(final Block block, final String path, final Wire in, final NDList value) {
    final List<Parameter> parameters = block.getDirectParameters().values();
    final int outAxis = value.head().getShape().dimension() - 1;
    final int size = (int) value.head().getShape().get(outAxis);
    if (parameters.stream().anyMatch(p -> p.getShape().get(0) != size)) {
      return unknown(block, path, in, value);
    }
    final List<Units> layers = new ArrayList<>();
    for (final Parameter parameter : parameters) {
      final int layer = Integer.parseInt(parameter.getName().split("_")[1]);
      if (layer == layers.size()) {
        layers.add(new Units(size));
      }
      carry(parameter, 0, layers.get(layer));
      if (parameter.getName().contains("_h2h_W")) {
        carry(parameter, 1, layers.get(layer));
      } else if (parameter.getShape().dimension() == 2) {
        final Wire below = layer == 0 ? in : new Wire(layers.get(layer - 1), outAxis, value);
        read(parameter, 1, below, below.unitsAreLast(), path);
      }
    }
    final Units out = layers.get(layers.size() - 1);
    final Optional<GroupType> type =
        new Equivariance(block, in.value(), FIXED, out.axes(), outAxis)
            .largest(out.group(), random);
    if (type.isPresent()) {
      layers.forEach(layer -> layer.restrict(type.get()));
    } else {
      layers.forEach(layer -> layer.pin(name(block, path) + " does not treat units alike"));
    }
    return new Wire(out, outAxis, value);
  }

  /** Branches whose outputs are joined: the same units, if moving all of them moves the result. */
  private Wire parallel(final Block block, final String path, final Wire in, final NDList value) {
    final List<Wire> branches = new ArrayList<>();
    for (final Pair<String, Block> child : block.getChildren()) {
      branches.add(follow(child.getValue(), path + child.getKey(), in));
    }
    final Wire first = branches.get(0);
    final Set<ParameterAxis> axes = new LinkedHashSet<>();
    branches.forEach(branch -> axes.addAll(branch.units().axes()));
    final boolean alike =
        branches.stream()
            .allMatch(
                branch ->
                    branch.axis() == first.axis()
                        && branch.units().pinned().isEmpty()
                        && branch.shape().equals(value.head().getShape()));
    if (alike) {
      final boolean moved =
          branches.stream().anyMatch(branch -> branch.units().all() == in.units().all());
      final GroupType smallest =
          branches.stream()
              .map(branch -> branch.units().group().type())
              .reduce(Units::smaller)
              .orElseThrow();
      final Optional<GroupType> type =
          new Equivariance(block, in.value(), moved ? in.axis() : FIXED, axes, first.axis())
              .largest(new Group(smallest, first.units().size()), random);
      if (type.isPresent()) {
        branches.forEach(branch -> first.units().join(branch.units()));
        first.units().restrict(type.get());
        return new Wire(first.units(), first.axis(), value);
      }
    }
    final String reason =
        branches.stream()
            .flatMap(branch -> branch.units().pinned().stream())
            .findFirst()
            .map(
                pinned ->
                    "joined by "
                        + name(block, path)
                        + " with units that are not free to move: "
                        + pinned)
            .orElse(name(block, path) + " does not join branches unit by unit");
    branches.forEach(branch -> branch.units().pin(reason));
    return pinned(value, reason);
  }

  private void carry(final Parameter parameter, final int index, final Units units) {
    final ParameterAxis axis = new ParameterAxis(parameter, index);
    if (parameter.getShape().get(index) != units.size()) {
      throw new IllegalStateException(
          "parameter '"
              + parameter.getName()
              + "' of shape "
              + parameter.getShape()
              + ", axis "
              + index
              + ": expected "
              + units.size()
              + " units");
    }
    final Units before = carried.put(axis, units);
    units.carriedBy(axis);
    if (before != null) {
      units.join(before);
    }
    if (free.containsKey(axis)) {
      units.pin(free.get(axis));
    }
  }

  private void leave(final ParameterAxis axis, final String reason) {
    free.putIfAbsent(axis, reason);
    units(axis).ifPresent(units -> units.pin(reason));
  }
}
