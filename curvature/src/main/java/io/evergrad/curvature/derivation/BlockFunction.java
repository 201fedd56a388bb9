/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.derivation;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A block as a function of its parameters: it runs with the values that it is given, and its own
 * are neither read nor changed.
 *
 * @param parameters each once, in the order in which values are given
 */
public record BlockFunction(Block block, List<Parameter> parameters) {

  /** The function of all the block's parameters, in the order of {@link Block#getParameters}. */
  public static BlockFunction of(final Block block) {
    return new BlockFunction(block, block.getParameters().values().stream().distinct().toList());
  }

  /**
   * The outputs, on the manager of the inputs.
   *
   * @param values one array a parameter, of its shape
   * @param training whether layers are to behave as in training
   */
  public NDList apply(final NDList values, final NDList inputs, final boolean training) {
    final Map<Parameter, NDArray> byParameter = new IdentityHashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      byParameter.put(parameters.get(i), values.get(i));
    }
    final ParameterStore store =
        new ParameterStore(inputs.head().getManager(), false) {
          @Override
          public NDArray getValue(
              final Parameter parameter, final Device device, final boolean trained) {
            return byParameter.get(parameter);
          }
        };
    // Recurrent blocks add a state to the list that they are given.
    return block.forward(store, new NDList(inputs), training);
  }

  /** Normal values of about the size of initial weights, and positive variances. */
  NDList randomValues(final NDManager manager, final SplittableRandom random) {
    final NDList values = new NDList(parameters.size());
    for (final Parameter parameter : parameters) {
      final NDArray array = parameter.getArray();
      final long outputs =
          array.getShape().dimension() > 1 ? array.getShape().get(0) : array.size();
      final double size = Math.sqrt((double) outputs / array.size());
      final double[] normal = new double[Math.toIntExact(array.size())];
      for (int i = 0; i < normal.length; i++) {
        normal[i] = size * random.nextGaussian();
      }
      final NDArray value =
          manager.create(normal, array.getShape()).toType(DataType.FLOAT32, false);
      values.add(
          (parameter.getType() == Parameter.Type.RUNNING_VAR ? value.square().add(0.1) : value)
              .toType(array.getDataType(), false));
    }
    return values;
  }
}
