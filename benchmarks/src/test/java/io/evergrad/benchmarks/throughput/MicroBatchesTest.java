/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.evergrad.curvature.learning.MicroBatch;
import io.evergrad.operators.wire.Example;
import java.util.List;
import org.junit.jupiter.api.Test;

class MicroBatchesTest {

  @Test
  void eachHasArraysOfItsOwn() {
    final MicroBatches batches = new MicroBatches(2, 2);
    batches.add(example(7, 0, 255));
    batches.add(example(8, 255, 0));
    batches.add(example(9, 51, 102));

    final List<MicroBatch> taken = batches.take();

    assertThat(taken).hasSize(2);
    assertThat(taken.get(0).features()).containsExactly(0, 1, 1, 0);
    assertThat(taken.get(0).labels()).containsExactly(7, 8);
    assertThat(taken.get(1).size()).isEqualTo(1);
    assertThat(taken.get(1).features()).containsExactly(0.2f, 0.4f);
    assertThat(taken.get(1).labels()).containsExactly(9);
    assertThat(batches.take()).isEmpty();
  }

  private static Example example(final int label, final int... pixels) {
    final byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) pixels[i];
    }
    return Example.newBuilder().setUint8(ByteString.copyFrom(bytes)).setLabel(label).build();
  }
}
