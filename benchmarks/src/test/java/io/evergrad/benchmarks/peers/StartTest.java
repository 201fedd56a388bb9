/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.stream.Scenario;
import io.evergrad.jobs.stream.TaskStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartTest {

  @Test
  void theFileHoldsTheFirstParametersAndWhatIsLearnedInOrder(@TempDir final Path directory)
      throws Exception {
    final IdxDataset data = BundledFashionMnist.load();
    final TaskStream stream = new TaskStream(data, Scenario.PERMUTED, 1, 3, 7);
    final LearnerSettings settings = Matchup.SGD.ours(0).configuration(7, stream).learner();
    final Path file = directory.resolve("start.bin");

    Start.write(file, settings, stream);

    final ByteBuffer bytes =
        ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    final int parameters = 256 * 784 + 256 + 256 * 256 + 256 + 10 * 256 + 10;
    assertThat(bytes.limit()).isEqualTo(4 * parameters + 3 * 785);
    final ByteBuffer weight =
        ByteBuffer.wrap(OnlineLearner.initial(settings).parameters().get("layer1.weight").data())
            .order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getFloat(0)).isEqualTo(weight.getFloat(0)).isNotZero();
    assertThat(bytes.getFloat(4 * 256 * 784)).as("the first bias").isZero();
    final var records = stream.iterator();
    var record = records.next();
    while (record.value().getExample().getHeldOut()) {
      record = records.next();
    }
    for (int i = 0; i < 3; i++) {
      final byte[] features = new byte[784];
      bytes.position(4 * parameters + 785 * i);
      assertThat(bytes.get()).isEqualTo((byte) record.value().getExample().getLabel());
      bytes.get(features);
      assertThat(features).isEqualTo(record.value().getExample().getUint8().toByteArray());
      record = records.next();
    }
  }
}
