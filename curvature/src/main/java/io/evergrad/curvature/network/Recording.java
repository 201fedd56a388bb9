/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Records, during a forward pass, where parameters enter, so that the pass back yields gradients of
 * single examples in factored form.
 *
 * <p>Wherever a parameter enters, a zero (a <i>probe</i>) is subtracted from the result; the
 * engine's automatic differentiation gives the loss's derivative −d by the probe, for each example
 * and place. The parameter's own gradient follows from d and what the parameter was applied to, and
 * is never asked of the engine. The collector of the engine's Java interface is not used: it is one
 * for the whole process, and subtasks share a process.
 *
 * <p>One recording a forward pass; not thread-safe. The engine records what this thread computes,
 * from the construction to {@link #pass}: it does not by default on the thread that loaded it.
 */
final class Recording {
  private final List<Leaf> leaves;
  private final NDList parameters;
  private final int predictions;
  private final List<Probe> probes = new ArrayList<>();
  private final boolean recordedBefore = JniUtils.isGradMode();

  private record Probe(PtNDArray zero, List<Entry> entries) {}

  /** How a leaf's factors follow from a probe's derivative. */
  private record Entry(int leaf, Function<NDArray, Factors> factors) {}

  /**
   * @param parameters one a leaf
   * @param predictions of each example
   */
  Recording(final List<Leaf> leaves, final NDList parameters, final int predictions) {
    this.leaves = leaves;
    this.parameters = parameters;
    this.predictions = predictions;
    JniUtils.setGradMode(true);
  }

  /**
   * A number to calculate with. The engine keeps operands for the pass back, but not the memory of
   * those that are made of Java's and closed, as Java's numbers are on the way.
   *
   * @param like an array of its type, on its manager
   */
  static NDArray constant(final NDArray like, final double value) {
    return like.getManager().ones(new Shape(1), like.getDataType()).muli(value);
  }

  /** A leaf's value. */
  NDArray parameter(final int leaf) {
    return parameters.get(leaf);
  }

  /**
   * W x + b at every place, or W x where there is no bias.
   *
   * @param x B × T × n
   * @return B × T × u
   */
  NDArray affine(final Layer layer, final NDArray x) {
    final NDArray linear = x.matMul(parameter(layer.weight()).reshape(layer.shape()).transpose());
    final NDArray a = ((PtNDArray) x).stopGradient();
    final Entry weight = new Entry(layer.weight(), d -> new Factors(d, a));
    if (!layer.biased()) {
      return probed(linear, List.of(weight));
    }
    final NDArray bias = parameter(layer.weight() + 1).reshape(new Shape(layer.units()));
    final Entry shift = new Entry(layer.weight() + 1, d -> new Factors(d, null));
    return probed(linear.add(bias), List.of(weight, shift));
  }

  /**
   * z, with a probe: where a leaf enters z in a way of its own.
   *
   * @param z B × T × u
   * @param factors of the leaf's gradients, from the derivative by z
   */
  NDArray probed(final NDArray z, final int leaf, final Function<NDArray, Factors> factors) {
    return probed(z, List.of(new Entry(leaf, factors)));
  }

  /**
   * The probe is subtracted. The engine hands the derivative of a sum on as it is, so that probes,
   * and the caller's derivative, could come to share an array; of a difference it makes another.
   */
  private NDArray probed(final NDArray z, final List<Entry> entries) {
    final PtNDArray zero = (PtNDArray) z.zerosLike();
    JniUtils.attachGradient(zero, true);
    probes.add(new Probe(zero, entries));
    return z.sub(zero);
  }

  /**
   * x ⊙ gain + shift at every place: the affine part of a normalisation.
   *
   * @param gain index of the gain; a vector layer
   * @param shift index of the shift, or −1 for none
   * @param x B × T × n, normalised
   */
  NDArray scale(final int gain, final int shift, final NDArray x) {
    final NDArray normalised = ((PtNDArray) x).stopGradient();
    final NDArray scaled = x.mul(parameter(gain));
    final NDArray z = shift < 0 ? scaled : scaled.add(parameter(shift));
    final List<Entry> entries = new ArrayList<>();
    entries.add(new Entry(gain, d -> new Factors(d.mul(normalised), null)));
    if (shift >= 0) {
      entries.add(new Entry(shift, d -> new Factors(d, null)));
    }
    return probed(z, entries);
  }

  /**
   * Rows of a table.
   *
   * @param table index of a leaf of rows × n
   * @param oneHot which row at every place, B × T × rows, or 1 × T × rows for the same in each
   *     example
   * @param examples B
   * @return B × T × n
   */
  NDArray embed(final int table, final NDArray oneHot, final int examples) {
    final NDArray rows =
        oneHot.getShape().get(0) == examples
            ? oneHot
            : oneHot.broadcast(
                new Shape(examples, oneHot.getShape().get(1), oneHot.getShape().get(2)));
    return probed(rows.matMul(parameter(table)), table, d -> new Factors(rows, d));
  }

  /**
   * The pass that was recorded.
   *
   * @param logits what the network ended with, (B · predictions) × classes
   */
  Pass pass(final NDArray logits) {
    JniUtils.setGradMode(recordedBefore);
    return new Pass() {
      @Override
      public NDArray logits() {
        return logits;
      }

      @Override
      public ExampleGradients backward(final NDArray logitDerivative) {
        return gradients(logits, logitDerivative);
      }
    };
  }

  private ExampleGradients gradients(final NDArray logits, final NDArray logitDerivative) {
    JniUtils.backward((PtNDArray) logits, (PtNDArray) logitDerivative, true, false);
    final Factors[] factors = new Factors[leaves.size()];
    for (final Probe probe : probes) {
      final NDArray derivative = JniUtils.getGradient(probe.zero()).neg();
      JniUtils.zeroGrad(probe.zero());
      for (final Entry entry : probe.entries()) {
        final Factors term = entry.factors().apply(derivative);
        final Factors before = factors[entry.leaf()];
        factors[entry.leaf()] = before == null ? term : before.plus(term);
      }
    }
    return new ExampleGradients(leaves, List.of(factors), predictions);
  }
}
