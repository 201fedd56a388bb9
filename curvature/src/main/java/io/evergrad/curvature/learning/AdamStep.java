/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.List;

/**
 * Adam (Kingma and Ba 2015, Algorithm 1): m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − η m̂ /
 * (√v̂ + ε), m̂ and v̂ corrected for their start from zero; before it θ ← (1 − ηw)θ (Loshchilov and
 * Hutter 2019, Algorithm 2). One pass of the engine's over all its tensors.
 *
 * <p>Symbols: m, {@code first}; v, {@code second}; β₁, {@link LearnerSettings#momentum()}; β₂ =
 * {@value #SECOND_DECAY}; ε = {@value #EPSILON}.
 */
final class AdamStep implements LayerStep {
  private static final double SECOND_DECAY = 0.999;
  private static final double EPSILON = 1e-8;
  private static final TorchModule MODULE =
      TorchModule.of(
          "Adam",
          """
            def step(self: __torch__.Adam, theta: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], n: int, eta: float, beta1: float, beta2: float, w: float, epsilon: float) -> List[Tensor]:
              dense = annotate(List[Tensor], [])
              steps = annotate(List[Tensor], [])
              count = torch.new_full(theta[0], [], float(n))
              for i in range(len(g)):
                dense.append(g[i].contiguous())
                steps.append(count)
              torch._fused_adamw_(theta, dense, m, v, [], steps, lr=eta, beta1=beta1, beta2=beta2, weight_decay=w, eps=epsilon, amsgrad=False, maximize=False)
              return annotate(List[Tensor], [])
          """);

  private final List<Integer> leaves;
  private final double rate;
  private final double weightDecay;
  private final double momentum;
  private final NDList first = new NDList();
  private final NDList second = new NDList();

  /**
   * @param rate η
   * @param weightDecay w; 0 where the parameters are decayed already
   * @param leaves its tensors
   * @param all the parameters, one a leaf
   */
  AdamStep(
      final LearnerSettings settings,
      final double rate,
      final double weightDecay,
      final List<Integer> leaves,
      final NDList all,
      final NDManager manager) {
    this.leaves = List.copyOf(leaves);
    this.rate = rate;
    this.weightDecay = weightDecay;
    momentum = settings.momentum();
    for (final int leaf : leaves) {
      first.add(manager.zeros(all.get(leaf).getShape()));
      second.add(manager.zeros(all.get(leaf).getShape()));
    }
  }

  @Override
  public int step(final NDList parameters, final NDList gradient, final long steps) {
    final NDManager scope = gradient.get(leaves.get(0)).getManager();
    MODULE
        .call("step")
        .with(own(parameters))
        .with(own(gradient))
        .with(first)
        .with(second)
        .with(steps)
        .with(rate)
        .with(momentum)
        .with(SECOND_DECAY)
        .with(weightDecay)
        .with(EPSILON)
        .run(scope);
    return 0;
  }

  private NDList own(final NDList all) {
    final NDList own = new NDList();
    leaves.forEach(leaf -> own.add(all.get(leaf)));
    return own;
  }

  @Override
  public void forEachAverage(final AverageVisitor visitor) {
    for (int i = 0; i < leaves.size(); i++) {
      visitor.visit("first." + leaves.get(i), first.get(i), momentum);
      visitor.visit("second." + leaves.get(i), second.get(i), SECOND_DECAY);
    }
  }
}
