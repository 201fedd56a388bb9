/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The baselines: SGD with momentum, and Adam (Kingma and Ba 2015, bias-corrected). */
final class MomentRule implements LearningRule {
  private static final double SECOND_DECAY = 0.999;
  private static final double EPSILON = 1e-8;

  private final boolean adam;
  private final double rate;
  private final double momentum;
  private final NDList first = new NDList();
  private final NDList second = new NDList();
  private long steps;

  MomentRule(final LearnerSettings settings, final NDManager manager, final NDList parameters) {
    adam = settings.rule() == LearnerSettings.Rule.ADAM;
    rate = settings.learningRate();
    momentum = settings.momentum();
    for (final NDArray parameter : parameters) {
      first.add(manager.zeros(parameter.getShape()));
      if (adam) {
        second.add(manager.zeros(parameter.getShape()));
      }
    }
  }

  @Override
  public int step(final NDList parameters, final NDList gradient) {
    steps++;
    for (int i = 0; i < parameters.size(); i++) {
      final NDArray g = gradient.get(i);
      if (!adam) {
        first.get(i).muli(momentum).addi(g);
        parameters.get(i).subi(first.get(i).mul(rate));
        continue;
      }
      first.get(i).muli(momentum).addi(g.mul(1 - momentum));
      second.get(i).muli(SECOND_DECAY).addi(g.square().muli(1 - SECOND_DECAY));
      final double correction = Math.sqrt(1 - Math.pow(SECOND_DECAY, steps));
      final NDArray root = second.get(i).sqrt().divi(correction).addi(EPSILON);
      parameters.get(i).subi(first.get(i).mul(rate / (1 - Math.pow(momentum, steps))).divi(root));
    }
    return 0;
  }

  @Override
  public NDList arrays() {
    return new NDList(first).addAll(second);
  }

  @Override
  public Averages averages() {
    final SortedMap<String, HostTensor> tensors = new TreeMap<>();
    for (int i = 0; i < first.size(); i++) {
      if (adam && steps > 0) {
        final NDArray gradient = first.get(i).div(1 - Math.pow(momentum, steps));
        final NDArray square = second.get(i).div(1 - Math.pow(SECOND_DECAY, steps));
        tensors.put("first." + i, TensorCopies.toHost(gradient));
        tensors.put("second." + i, TensorCopies.toHost(square));
      } else {
        tensors.put("first." + i, TensorCopies.toHost(first.get(i)));
      }
    }
    return new Averages(steps, tensors);
  }

  @Override
  public void adopt(final Averages averages) {
    if (averages.steps() == 0) {
      return;
    }
    steps = Math.max(steps, averages.steps());
    for (int i = 0; i < first.size(); i++) {
      TensorCopies.restore(first.get(i), averages.tensors(), "first." + i);
      if (adam) {
        TensorCopies.restore(second.get(i), averages.tensors(), "second." + i);
        first.get(i).muli(1 - Math.pow(momentum, steps));
        second.get(i).muli(1 - Math.pow(SECOND_DECAY, steps));
      }
    }
  }

  @Override
  public void renew() {}

  @Override
  public SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    state.put("steps", TensorCopies.ofLong(steps));
    for (int i = 0; i < first.size(); i++) {
      state.put("first." + i, TensorCopies.toHost(first.get(i)));
      if (adam) {
        state.put("second." + i, TensorCopies.toHost(second.get(i)));
      }
    }
    return state;
  }

  @Override
  public void restore(final Map<String, HostTensor> state) {
    steps = TensorCopies.longAt(state, "steps");
    for (int i = 0; i < first.size(); i++) {
      TensorCopies.restore(first.get(i), state, "first." + i);
      if (adam) {
        TensorCopies.restore(second.get(i), state, "second." + i);
      }
    }
  }
}
