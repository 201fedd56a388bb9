/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class ClassifierTest {
  /** So wide that a product is summed in another order if threads share it. */
  private static final MlpSpec NETWORK = new MlpSpec(784, List.of(32), 10, Activation.RELU);

  @Test
  void judgesToTheSameBitsOnAThreadThatIsNew() throws Exception {
    final SortedMap<String, HostTensor> parameters;
    try (OnlineLearner learner =
        OnlineLearner.create(LearnerSettings.builder(NETWORK).seed(5).build())) {
      parameters = learner.snapshot().parameters();
    }
    final MicroBatch batch = ToyTask.of(NETWORK, 0).next(128);

    final ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      final Judgement first = thread.submit(() -> judge(parameters, batch)).get();
      final Judgement second = thread.submit(() -> judge(parameters, batch)).get();

      assertThat(first).isEqualTo(second);
    } finally {
      thread.shutdown();
    }
  }

  private static Judgement judge(
      final SortedMap<String, HostTensor> parameters, final MicroBatch batch) {
    try (Classifier classifier = new Classifier(NETWORK, parameters)) {
      return classifier.judge(batch);
    }
  }
}
