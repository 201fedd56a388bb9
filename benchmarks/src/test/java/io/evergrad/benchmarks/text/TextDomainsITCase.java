/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.JobConfiguration;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.decode.Batch;
import io.evergrad.operators.decode.Features;
import io.evergrad.operators.decode.Features.Encoding;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TextDomainsITCase {
  private static final int BATCH = 16;
  private static final int STEPS = 450;

  /** Steps of the loss's moving average. */
  private static final int WINDOW = 20;

  /** ln 256 = 5.55 nats at first; bytes by their frequency alone cost about 3. */
  @Test
  void aTransformerLearnsEnglishBytes() throws Exception {
    final TaskStream stream =
        new TaskStream(TextDomains.load(), TextDomains.CONTEXT, BATCH * STEPS, 1);
    final Map<String, String> options = new TreeMap<>();
    options.put(EvergradOptions.NETWORK_TYPE.key(), NetworkType.TRANSFORMER.name());
    options.put(EvergradOptions.WIDTH.key(), "192");
    options.put(EvergradOptions.HEADS.key(), "6");
    options.put(EvergradOptions.PERCEPTRON.key(), "768");
    options.put(EvergradOptions.BATCH_SIZE.key(), String.valueOf(BATCH));
    options.put(EvergradOptions.CONTEXT.key(), String.valueOf(TextDomains.CONTEXT));
    options.put(EvergradOptions.RULE.key(), Rule.ADAMW.name());
    options.put(EvergradOptions.PROTECTION.key(), Protection.NONE.name());
    options.put(EvergradOptions.LEARNING_RATE.key(), "0.002");
    double recent = 0;
    int steps = 0;
    try (OnlineLearner learner = OnlineLearner.create(JobConfiguration.of(options).learner())) {
      final Batch batch = new Batch(BATCH, stream.features());
      for (final KeyedRecord record : stream) {
        if (!record.value().hasExample()) {
          break;
        }
        final var example = record.value().getExample();
        if (!example.getHeldOut()
            && batch.add(new Features(Encoding.TOKEN8, example.getUint8().toByteArray()), 0)) {
          final double loss = learner.step(batch.take()).loss();
          recent = steps == 0 ? loss : recent + (loss - recent) / WINDOW;
          steps++;
        }
      }
    }

    assertThat(steps).isEqualTo(STEPS);
    assertThat(recent).isLessThan(2.5);
  }
}
