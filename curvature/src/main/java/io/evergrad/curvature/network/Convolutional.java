/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;

/**
 * A convolutional network. A convolution is the same affine map at each place, applied to what the
 * kernel sees there: its weight is filters × channels × kernel rows × kernel columns. The fully
 * connected layer's is classes × channels × rows × columns: its channels are the last convolution's
 * filters, and move with them.
 */
public final class Convolutional implements Network {
  private final ConvolutionalSpec spec;
  private final Tensors tensors;
  private final List<Patches> patches = new ArrayList<>();

  /** A network of that shape. */
  public Convolutional(final ConvolutionalSpec spec) {
    this.spec = spec;
    final Tensors.Declaration declared = new Tensors.Declaration();
    final Axis kernel = Axis.free(spec.kernel());
    Axis channels = Axis.free(spec.channels());
    int rows = spec.height();
    int columns = spec.width();
    for (int l = 1; l <= spec.filters().size(); l++) {
      final Patches seen =
          new Patches(rows, columns, channels.length(), spec.kernel(), spec.stride());
      final Axis filters =
          declared.units("filters" + l, spec.activation(), spec.filters().get(l - 1));
      declared.affine(
          "convolution" + l,
          List.of(filters),
          List.of(channels, kernel, kernel),
          Initialiser.weights(
              channels.length() * spec.kernel() * spec.kernel(), spec.activation()));
      patches.add(seen);
      channels = filters;
      rows = seen.placeRows();
      columns = seen.placeColumns();
    }
    declared.affine(
        "output",
        List.of(Axis.free(spec.classes())),
        List.of(channels, Axis.free(rows), Axis.free(columns)),
        Initialiser.weights(channels.length() * rows * columns, Activation.LINEAR));
    tensors = declared.tensors();
  }

  @Override
  public ConvolutionalSpec spec() {
    return spec;
  }

  /** The exact symmetry: each convolution's filters, on all their tensors. */
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
    NDArray image = features.reshape(new Shape(examples, spec.channels(), -1)).transpose(0, 2, 1);
    for (int l = 0; l < patches.size(); l++) {
      final NDArray z = recording.affine(layers().get(l), patches.get(l).of(image));
      image = spec.activation().apply(z);
    }
    final NDArray flat = image.transpose(0, 2, 1).reshape(new Shape(examples, 1, -1));
    final NDArray logits = recording.affine(layers().get(patches.size()), flat);
    return recording.pass(logits.reshape(new Shape(examples, spec.classes())));
  }
}
