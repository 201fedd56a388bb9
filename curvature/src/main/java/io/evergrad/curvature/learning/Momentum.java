/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDList;
import io.evergrad.curvature.linalg.TorchModule;

/**
 * Steps along a moving average of directions, a step ahead (Nesterov): m ← βm + d, θ ← θ − η(1 −
 * β)(βm + d). One pass of the engine's over the tensors.
 */
final class Momentum {
  private static final TorchModule MODULE =
      TorchModule.of(
          "Momentum",
          """
            def step(self: __torch__.Momentum, theta: List[Tensor], m: List[Tensor], d: List[Tensor], beta: float, eta: float) -> List[Tensor]:
              dense = annotate(List[Tensor], [])
              for i in range(len(d)):
                dense.append(torch.reshape(d[i], torch.size(theta[i])).contiguous())
              kept = m
              if beta == 0.:
                kept = annotate(List[Tensor], [])
              torch._fused_sgd_(theta, dense, kept, weight_decay=0., momentum=beta, lr=eta, dampening=0., nesterov=beta > 0., maximize=False, is_first_step=False)
              return annotate(List[Tensor], [])
          """);

  private Momentum() {}

  /**
   * Takes a step.
   *
   * @param parameters θ, changed in place
   * @param momenta m, of the same shapes, changed in place
   * @param directions d, of the same sizes
   * @param beta β, at least 0 and below 1
   * @param rate η
   */
  static void step(
      final NDList parameters,
      final NDList momenta,
      final NDList directions,
      final double beta,
      final double rate) {
    MODULE
        .call("step")
        .with(parameters)
        .with(momenta)
        .with(directions)
        .with(beta)
        .with(rate * (1 - beta))
        .run(directions.get(0).getManager());
  }
}
