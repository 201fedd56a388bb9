/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

final class TrainingPipelineTest {
  private static final TrainingSettings SETTINGS =
      TrainingSettings.builder(
              "localhost:9092",
              "m",
              LearnerSettings.builder(new MlpSpec(4, List.of(3), 2, Activation.RELU)).build(),
              "store")
          .build();

  @Test
  void everyOperatorHasAUidAndRunsAlone() {
    assertThat(graph(false).getStreamNodes())
        .isNotEmpty()
        .allSatisfy(
            node -> {
              assertThat(node.getTransformationUID()).as(node.getOperatorName()).isNotBlank();
              assertThat(node.getParallelism()).as(node.getOperatorName()).isEqualTo(1);
            })
        .extracting(StreamNode::getTransformationUID)
        .contains("examples", "decode", "learner", "consolidator", "evaluator");
  }

  @Test
  void boundedPipelinesHaveTheSameOperators() {
    assertThat(graph(true).getStreamNodes())
        .extracting(StreamNode::getTransformationUID)
        .containsExactlyInAnyOrderElementsOf(
            graph(false).getStreamNodes().stream().map(StreamNode::getTransformationUID).toList());
  }

  @Test
  void buildsAJobGraphWithoutGenericTypes() {
    assertThat(graph(false).getJobGraph().getVertices()).isNotEmpty();
  }

  @Test
  void sourceDecodingAndLearningShareOneChain() {
    assertThat(graph(false).getJobGraph().getVertices())
        .anySatisfy(
            vertex -> assertThat(vertex.getName()).contains("Examples", "Decode", "Learner"));
  }

  @Test
  void settingsTravelWhole() throws Exception {
    final TrainingSettings settings =
        TrainingSettings.builder("b:1", "m", SETTINGS.learner(), "root")
            .kafkaProperty("security.protocol", "SSL")
            .build();

    final TrainingSettings travelled = InstantiationUtil.clone(settings);

    assertThat(travelled.kafkaProperties()).containsEntry("security.protocol", "SSL");
    assertThat(travelled.learner().network()).isEqualTo(settings.learner().network());
  }

  private static StreamGraph graph(final boolean bounded) {
    final Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
    final StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    environment.setParallelism(2);
    environment.enableCheckpointing(1_000);
    new TrainingPipeline(
            TrainingSettings.builder(
                    SETTINGS.bootstrapServers(),
                    SETTINGS.model(),
                    SETTINGS.learner(),
                    SETTINGS.storeRoot())
                .bounded(bounded)
                .build())
        .addTo(environment);
    return environment.getStreamGraph();
  }
}
