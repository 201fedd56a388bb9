/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDList;
import io.evergrad.curvature.linalg.TorchModule;

/** ḡ ← βḡ + (1 − β)g, and n = βḡ + (1 − β)g, which is ḡ a step ahead (Nesterov). */
final class Momentum {
  private static final TorchModule MODULE =
      TorchModule.of(
          "Momentum",
          """
            def ahead(self: __torch__.Momentum, m: List[Tensor], g: List[Tensor], beta: float) -> List[Tensor]:
              result = annotate(List[Tensor], [])
              for i in range(len(g)):
                gi = torch.reshape(g[i], torch.size(m[i]))
                mi = torch.lerp_(m[i], gi, 1. - beta)
                result.append(torch.lerp_(gi, mi, beta))
              return result
          """);

  private Momentum() {}

  /**
   * Takes a gradient into its moving average.
   *
   * @param momenta ḡ, changed in place
   * @param gradient g, of the same sizes; it may be overwritten
   * @param beta β
   * @return n, in ḡ's shapes
   */
  static NDList ahead(final NDList momenta, final NDList gradient, final double beta) {
    return MODULE
        .call("ahead")
        .with(momenta)
        .with(gradient)
        .with(beta)
        .run(gradient.get(0).getManager());
  }
}
