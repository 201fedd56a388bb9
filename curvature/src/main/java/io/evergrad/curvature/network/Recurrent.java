/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.List;

/**
 * A recurrent network. Layer l's tensors are W {@code layerl.input.weight} and b {@code
 * layerl.input.bias}, and M {@code layerl.recurrent.weight}, which meets the layer's group on both
 * axes.
 */
public final class Recurrent implements Network {
  private final RecurrentSpec spec;
  private final Tensors tensors;

  /** A network of that shape. */
  public Recurrent(final RecurrentSpec spec) {
    this.spec = spec;
    final Tensors.Declaration declared = new Tensors.Declaration();
    Axis from = Axis.free(spec.width());
    for (int l = 1; l <= spec.hidden().size(); l++) {
      final Axis units = declared.units("hidden" + l, spec.activation(), spec.hidden().get(l - 1));
      declared.affine(
          "layer" + l + ".input",
          List.of(units),
          List.of(from),
          Initialiser.weights(from.length(), Activation.LINEAR));
      declared.linear(
          "layer" + l + ".recurrent.weight",
          List.of(units),
          List.of(units),
          Initialiser.orthogonal(units.length()));
      from = units;
    }
    declared.affine(
        "output",
        List.of(Axis.free(spec.classes())),
        List.of(from),
        Initialiser.weights(from.length(), Activation.LINEAR));
    tensors = declared.tensors();
  }

  @Override
  public RecurrentSpec spec() {
    return spec;
  }

  /** The exact symmetry: each layer's units, on all their tensors. */
  @Override
  public Symmetry symmetry() {
    return tensors.symmetry();
  }

  @Override
  public boolean proven() {
    return true;
  }

  @Override
  public List<Layer> layers() {
    return tensors.layers();
  }

  @Override
  public NDList initialise(final NDManager manager, final long seed) {
    return tensors.initialise(manager, seed);
  }

  @Override
  public Pass forward(final NDArray features, final NDList parameters) {
    final long examples = features.getShape().get(0);
    final Recording recording = new Recording(leaves(), parameters, 1);
    NDArray sequence = features.reshape(new Shape(examples, spec.steps(), spec.width()));
    for (int l = 0; l < spec.hidden().size(); l++) {
      sequence = states(recording, layers().get(2 * l), layers().get(2 * l + 1), sequence);
    }
    final NDArray last = sequence.get(new NDIndex(":, {}:", spec.steps() - 1));
    final NDArray logits = recording.affine(layers().get(layers().size() - 1), last);
    return recording.pass(logits.reshape(new Shape(examples, spec.classes())));
  }

  /** h_1, h_2, … of one layer, B × steps × units. */
  private NDArray states(
      final Recording recording, final Layer input, final Layer recurrent, final NDArray x) {
    final NDList previous = new NDList();
    final NDList states = new NDList();
    final NDArray drive =
        recording.probed(
            recording.affine(input, x),
            recurrent.weight(),
            d -> new Factors(d, NDArrays.stack(previous, 1)));
    final NDArray transposed = recording.parameter(recurrent.weight()).transpose();
    NDArray state = drive.get(new NDIndex(":, 0")).zerosLike();
    for (int t = 0; t < spec.steps(); t++) {
      previous.add(((PtNDArray) state).stopGradient());
      state =
          spec.activation().apply(drive.get(new NDIndex(":, {}", t)).add(state.matMul(transposed)));
      states.add(state);
    }
    return NDArrays.stack(states, 1);
  }
}
