/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.BlockNetwork;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A user's own network learns as the same network does whose layers are known. Losses are compared
 * and not parameters: moving all classes' logits alike changes no loss, and is left to rounding.
 */
class OwnNetworkTest {
  private static final MlpSpec KNOWN = new MlpSpec(6, List.of(5), 3, Activation.TANH);

  /** The same perceptron, of the engine's layers; if not right, a bias is declared free. */
  record OwnSpec(boolean right) implements NetworkSpec {
    private static final Shape EXAMPLE = new Shape(6);

    @Override
    public int inputs() {
      return KNOWN.inputs();
    }

    @Override
    public int classes() {
      return KNOWN.classes();
    }

    @Override
    public Network network() {
      final Block block =
          new SequentialBlock()
              .add(Linear.builder().setUnits(5).build())
              .add(x -> new NDList(x.singletonOrThrow().tanh()))
              .add(Linear.builder().setUnits(3).build());
      final List<Leaf> own = BlockNetwork.leaves(block, EXAMPLE);
      final Symmetry known = new Mlp(KNOWN).symmetry();
      final List<Leaf> leaves = new ArrayList<>();
      for (int i = 0; i < own.size(); i++) {
        final List<String> axes =
            i == 1 && !right ? List.of(Leaf.FREE) : known.leaves().get(i).axes();
        leaves.add(new Leaf(own.get(i).name(), own.get(i).shape(), axes));
      }
      return new BlockNetwork(this, block, EXAMPLE, new Symmetry(known.groups(), leaves));
    }

    @Override
    public String toString() {
      return "own";
    }
  }

  private static LearnerSettings settings(
      final NetworkSpec network, final Scheme scheme, final Protection protection) {
    return LearnerSettings.builder(network)
        .ruleScheme(scheme)
        .protectionScheme(scheme)
        .protection(protection)
        .batchSize(8)
        .initialBoost(0)
        .build();
  }

  private static SortedMap<String, HostTensor> renamed(
      final SortedMap<String, HostTensor> parameters, final Network from, final Network to) {
    final SortedMap<String, HostTensor> renamed = new TreeMap<>();
    for (int i = 0; i < from.leaves().size(); i++) {
      renamed.put(to.leaves().get(i).name(), parameters.get(from.leaves().get(i).name()));
    }
    return renamed;
  }

  private static SortedMap<String, HostTensor> renamedAverages(
      final SortedMap<String, HostTensor> preconditioner, final Network from, final Network to) {
    final SortedMap<String, HostTensor> renamed = new TreeMap<>(preconditioner);
    for (int i = 0; i < from.leaves().size(); i++) {
      final String average = LearnerSnapshot.AVERAGE;
      final HostTensor mean = renamed.remove(average + from.leaves().get(i).name());
      if (mean != null) {
        renamed.put(average + to.leaves().get(i).name(), mean);
      }
    }
    return renamed;
  }

  private static MicroBatch batch(final SplittableRandom random) {
    final float[] features = new float[8 * 6];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian();
    }
    return new MicroBatch(features, random.ints(8, 0, 3).toArray(), 8, 6);
  }

  @ParameterizedTest
  @CsvSource({
    "TWO_SIDED, SYMMETRY",
    "JOINT, SYMMETRY",
    "OUTPUT_AXIS, SYMMETRY",
    "INPUT_AXIS, EWC",
    "CHEAPEST, NONE"
  })
  void learnsTheSame(final Scheme scheme, final Protection protection) {
    final LearnerSettings known = settings(KNOWN, scheme, protection);
    final LearnerSettings own = settings(new OwnSpec(true), scheme, protection);
    final Network from = KNOWN.network();
    final Network to = new OwnSpec(true).network();
    final SplittableRandom random = new SplittableRandom(3);
    try (OnlineLearner one = OnlineLearner.create(known)) {
      final LearnerSnapshot start = one.snapshot();
      try (OnlineLearner other =
          OnlineLearner.restore(
              own,
              new LearnerSnapshot(
                  0,
                  0,
                  0,
                  0,
                  renamed(start.parameters(), from, to),
                  renamedAverages(start.preconditioner(), from, to),
                  start.precision()))) {
        for (int step = 0; step < 24; step++) {
          final MicroBatch batch = batch(random);
          assertThat(other.step(batch).loss()).isCloseTo(one.step(batch).loss(), within(1e-4));
          if (step % 8 == 7) {
            one.endTask();
            other.endTask();
          }
        }
        assertThat(renamed(one.parameters(), from, to))
            .isNotEqualTo(renamed(start.parameters(), from, to));
      }
    }
  }

  @Test
  void isRefusedAtTheFirstStepIfItsDeclarationIsWrong() {
    try (OnlineLearner learner =
        OnlineLearner.create(settings(new OwnSpec(false), Scheme.JOINT, Protection.NONE))) {
      final MicroBatch batch = batch(new SplittableRandom(3));

      assertThatThrownBy(() -> learner.step(batch))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("declare axis 0 of '01Linear_bias' as 'hidden1', not free");
    }
  }
}
