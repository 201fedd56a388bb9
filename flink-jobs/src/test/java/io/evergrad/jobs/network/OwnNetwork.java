/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.evergrad.curvature.network.BlockNetwork;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A network of one's own, as the README shows it: made of DJL's layers, with its symmetry. */
public record OwnNetwork() implements NetworkSpec {
  private static final Shape EXAMPLE = new Shape(6);
  private static final int UNITS = 8;

  @Override
  public int inputs() {
    return (int) EXAMPLE.size();
  }

  @Override
  public int classes() {
    return 3;
  }

  @Override
  public Network network() {
    final SequentialBlock block =
        new SequentialBlock()
            .add(Linear.builder().setUnits(UNITS).build())
            .add(Activation::mish)
            .add(Linear.builder().setUnits(classes()).build());
    final List<Leaf> tensors = BlockNetwork.leaves(block, EXAMPLE);
    final Symmetry symmetry =
        new Symmetry(
            new TreeMap<>(Map.of("hidden", new Group(GroupType.PERMUTATION, UNITS))),
            List.of(
                on(tensors.get(0), "hidden", Leaf.FREE),
                on(tensors.get(1), "hidden"),
                on(tensors.get(2), Leaf.FREE, "hidden"),
                on(tensors.get(3), Leaf.FREE)));
    return new BlockNetwork(this, block, EXAMPLE, symmetry);
  }

  private static Leaf on(final Leaf tensor, final String... axes) {
    return new Leaf(tensor.name(), tensor.shape(), List.of(axes));
  }

  @Override
  public String toString() {
    return "own 6-8-3 mish";
  }
}
