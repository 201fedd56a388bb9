/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.state;

import com.google.protobuf.UnsafeByteOperations;
import io.evergrad.curvature.learning.HostTensor;
import io.evergrad.curvature.learning.LearnerSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Tensors and learner snapshots as Protobuf messages, bit for bit. */
public final class TensorFormat {
  private TensorFormat() {}

  /** The message for a snapshot. */
  public static StateProto.Snapshot message(final LearnerSnapshot snapshot) {
    return StateProto.Snapshot.newBuilder()
        .setSteps(snapshot.steps())
        .setExamples(snapshot.examples())
        .setTasks(snapshot.tasks())
        .setTaskExamples(snapshot.taskExamples())
        .addAllParameters(messages(snapshot.parameters()))
        .addAllPreconditioner(messages(snapshot.preconditioner()))
        .addAllPrecision(messages(snapshot.precision()))
        .build();
  }

  /**
   * The snapshot in a message.
   *
   * @throws IOException if a tensor is not sound, naming it
   */
  public static LearnerSnapshot snapshot(final StateProto.Snapshot message) throws IOException {
    return new LearnerSnapshot(
        message.getSteps(),
        message.getExamples(),
        message.getTasks(),
        message.getTaskExamples(),
        tensors(message.getParametersList()),
        tensors(message.getPreconditionerList()),
        tensors(message.getPrecisionList()));
  }

  /** The messages for tensors, in the order of their names. */
  public static List<StateProto.Tensor> messages(final SortedMap<String, HostTensor> tensors) {
    final List<StateProto.Tensor> messages = new ArrayList<>(tensors.size());
    for (final Map.Entry<String, HostTensor> entry : tensors.entrySet()) {
      final HostTensor tensor = entry.getValue();
      final StateProto.Tensor.Builder message =
          StateProto.Tensor.newBuilder()
              .setName(entry.getKey())
              .setType(type(tensor.type()))
              .setData(UnsafeByteOperations.unsafeWrap(tensor.data()));
      for (final long length : tensor.shape()) {
        message.addShape(length);
      }
      messages.add(message.build());
    }
    return messages;
  }

  /**
   * The tensors in messages.
   *
   * @throws IOException if a tensor comes twice, has an unknown type, or a shape that does not fit
   *     its data, naming it
   */
  public static SortedMap<String, HostTensor> tensors(final List<StateProto.Tensor> messages)
      throws IOException {
    final SortedMap<String, HostTensor> tensors = new TreeMap<>();
    for (final StateProto.Tensor message : messages) {
      if (tensors.put(message.getName(), tensor(message)) != null) {
        throw new IOException("tensor " + message.getName() + " comes twice");
      }
    }
    return tensors;
  }

  private static HostTensor tensor(final StateProto.Tensor message) throws IOException {
    final long[] shape = message.getShapeList().stream().mapToLong(Long::longValue).toArray();
    try {
      return new HostTensor(type(message), shape, message.getData().toByteArray());
    } catch (final IllegalArgumentException | ArithmeticException e) {
      throw new IOException("tensor " + message.getName() + ": " + e.getMessage(), e);
    }
  }

  private static StateProto.Tensor.ElementType type(final HostTensor.ElementType type) {
    return switch (type) {
      case FLOAT32 -> StateProto.Tensor.ElementType.FLOAT32;
      case FLOAT64 -> StateProto.Tensor.ElementType.FLOAT64;
      case INT64 -> StateProto.Tensor.ElementType.INT64;
    };
  }

  private static HostTensor.ElementType type(final StateProto.Tensor message) throws IOException {
    return switch (message.getType()) {
      case FLOAT32 -> HostTensor.ElementType.FLOAT32;
      case FLOAT64 -> HostTensor.ElementType.FLOAT64;
      case INT64 -> HostTensor.ElementType.INT64;
      case UNKNOWN, UNRECOGNIZED ->
          throw new IOException(
              "tensor "
                  + message.getName()
                  + " has element type "
                  + message.getTypeValue()
                  + ": expected FLOAT32, FLOAT64 or INT64");
    };
  }
}
