/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.MlpSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.util.InstantiationUtil;
import org.apache.kafka.common.TopicPartition;
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
  void severalLearnersReadInParallelAndAreMergedAlone() {
    final Map<String, Integer> parallelism = new TreeMap<>();
    for (final StreamNode node : graph(false, 3).getStreamNodes()) {
      assertThat(node.getTransformationUID()).as(node.getOperatorName()).isNotBlank();
      parallelism.put(node.getTransformationUID(), node.getParallelism());
    }

    assertThat(parallelism)
        .containsAllEntriesOf(Map.of("examples", 3, "decode", 3, "learners", 3))
        .containsAllEntriesOf(
            Map.of("merger", 1, "parameters", 1, "consolidator", 1, "evaluator", 1))
        .doesNotContainKey("learner");
    assertThat(graph(false, 3).getJobGraph().getVertices()).isNotEmpty();
  }

  @Test
  void aBoundedJobHasOneLearner() {
    assertThatThrownBy(() -> graph(true, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bounded")
        .hasMessageContaining("2 learners");
  }

  @Test
  void whatCannotBeSharedHasOneLearner() {
    final LearnerSettings replaying =
        LearnerSettings.builder(SETTINGS.learner().network()).replaySize(7).build();
    final TrainingSettings.Builder settings =
        TrainingSettings.builder("localhost:1", "m", replaying, SETTINGS.storeRoot());

    assertThat(settings.build().learners()).isEqualTo(1);
    assertThatThrownBy(settings.learners(2)::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 learners")
        .hasMessageContaining("replay size 7");
  }

  @Test
  void everyLearnerHasAPartition() {
    final PartitionPerLearner learners = new PartitionPerLearner("examples", 2);
    final TopicPartition first = new TopicPartition("examples", 0);
    final TopicPartition second = new TopicPartition("examples", 1);

    assertThat(learners.checked(Set.of(first, second))).containsExactlyInAnyOrder(first, second);
    assertThatThrownBy(() -> learners.checked(Set.of(first)))
        .isInstanceOf(SuppressRestartsException.class)
        .cause()
        .hasMessageContaining("topic examples has 1 partitions: expected 2")
        .hasMessageContaining("evergrad.learner.parallelism");
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
    return graph(bounded, 1);
  }

  private static StreamGraph graph(final boolean bounded, final int learners) {
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
                .learners(learners)
                .build())
        .addTo(environment);
    return environment.getStreamGraph();
  }
}
