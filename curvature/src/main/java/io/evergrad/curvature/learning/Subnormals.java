/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDList;
import io.evergrad.curvature.linalg.TorchModule;

/**
 * Keeps moving averages above the numbers that are less than the least normal one, which a
 * processor is slow with: m ← βm + g gets to them some hundreds of steps after g has become zero (β
 * = 0.95: after 1,700), as it is at the weights of inputs and units that are hardly ever active,
 * and a step over them takes several times as long.
 *
 * <p>What is below {@value #NEGLIGIBLE} becomes zero; what is not stays normal for {@value
 * #INTERVAL} steps more, of any β above 0.68.
 */
final class Subnormals {
  private static final int INTERVAL = 64;
  private static final double NEGLIGIBLE = 1e-27;
  private static final TorchModule MODULE =
      TorchModule.of(
          "Subnormals",
          """
            def clear(self: __torch__.Subnormals, averages: List[Tensor], negligible: float) -> List[Tensor]:
              for x in averages:
                x_ = torch.copy_(x, torch.hardshrink(x, negligible))
              return annotate(List[Tensor], [])
          """);

  private Subnormals() {}

  /** Whether averages are to be cleared after that many steps. */
  static boolean due(final long steps) {
    return steps % INTERVAL == 0;
  }

  /** Clears averages, of any shapes, in place. */
  static void clear(final NDList averages) {
    MODULE.call("clear").with(averages).with(NEGLIGIBLE).run(averages.get(0).getManager());
  }
}
