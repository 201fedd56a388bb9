/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The parameters' moving average θ̄ ← dθ̄ + (1 − d)θ (Polyak and Juditsky 1992), which is closer to
 * where the steps lead than each of them. After step t of a task, d = min(decay, (t + 1)/(t + 7)):
 * what the task begins with is soon left. As the task goes on it takes every second, at last every
 * sixteenth step, as that many ({@link GrowingInterval}). Native state on the manager that it was
 * made with.
 */
final class MovingParameters {
  private static final int LAG = 7;
  private static final int INTERVAL = 16;
  private static final TorchModule MODULE =
      TorchModule.of(
          "MovingParameters",
          """
            def follow(self: __torch__.MovingParameters, mean: List[Tensor], theta: List[Tensor], share: float) -> List[Tensor]:
              for i in range(len(mean)):
                m = torch.lerp_(mean[i], theta[i], share)
              return annotate(List[Tensor], [])
            def replace(self: __torch__.MovingParameters, target: List[Tensor], source: List[Tensor]) -> List[Tensor]:
              for i in range(len(target)):
                t = torch.copy_(target[i], source[i])
              return annotate(List[Tensor], [])
          """);

  private final double decay;
  private final List<Leaf> leaves;
  private final NDList mean = new NDList();

  /**
   * @param decay in (0, 1)
   * @param parameters θ, which the average begins with
   */
  MovingParameters(
      final double decay,
      final List<Leaf> leaves,
      final NDList parameters,
      final NDManager manager) {
    this.decay = decay;
    this.leaves = leaves;
    parameters.forEach(parameter -> mean.add(manager.zeros(parameter.getShape())));
    restart(parameters);
  }

  /**
   * Takes θ after a step, where one is due.
   *
   * @param taskSteps t, the task's steps before it
   */
  void follow(final NDList parameters, final long taskSteps) {
    final int due = GrowingInterval.due(taskSteps, INTERVAL);
    if (due == 0) {
      return;
    }
    final double d = Math.min(decay, (taskSteps + 1.0) / (taskSteps + LAG));
    MODULE
        .call("follow")
        .with(mean)
        .with(parameters)
        .with(1 - Math.pow(d, due))
        .run(parameters.get(0).getManager());
  }

  /** θ̄ ← θ. */
  void restart(final NDList parameters) {
    replace(mean, parameters);
  }

  /** θ ← θ̄. */
  void settle(final NDList parameters) {
    replace(parameters, mean);
  }

  private static void replace(final NDList target, final NDList source) {
    MODULE.call("replace").with(target).with(source).run(target.get(0).getManager());
  }

  /** θ̄. */
  NDList arrays() {
    return mean;
  }

  /** θ̄ by name. */
  SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    for (int i = 0; i < mean.size(); i++) {
      state.put(LearnerSnapshot.AVERAGE + leaves.get(i).name(), TensorCopies.toHost(mean.get(i)));
    }
    return state;
  }

  /** Goes on from a state; names a tensor that does not fit in its exception. */
  void restore(final Map<String, HostTensor> state) {
    for (int i = 0; i < mean.size(); i++) {
      final NDArray array = mean.get(i);
      TensorCopies.restore(array, state, LearnerSnapshot.AVERAGE + leaves.get(i).name());
    }
  }
}
