/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.wire.Example;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;

/** What a learner begins with and then learns, in a file for the peer. */
final class Start {
  private Start() {}

  /**
   * Writes the initial parameters as little-endian float32, tensor after tensor, then each example
   * to learn, in order: its label and its features, a byte each.
   *
   * @throws IOException if the file cannot be written
   */
  static void write(final Path file, final LearnerSettings settings, final TaskStream stream)
      throws IOException {
    final SortedMap<String, HostTensor> parameters = OnlineLearner.initial(settings).parameters();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      for (final Leaf leaf : settings.network().network().leaves()) {
        out.write(parameters.get(leaf.name()).data());
      }
      for (final KeyedRecord record : stream) {
        final Example example = record.value().getExample();
        if (record.value().hasExample() && !example.getHeldOut()) {
          out.write(example.getLabel());
          example.getUint8().writeTo(out);
        }
      }
    }
  }
}
