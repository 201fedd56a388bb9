/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.network;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.evergrad.curvature.network.BlockNetwork;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;

/** A network of one's own, as the README shows it: made of DJL's layers. */
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
    return BlockNetwork.derived(this, block, EXAMPLE);
  }

  @Override
  public String toString() {
    return "own 6-8-3 mish";
  }
}
