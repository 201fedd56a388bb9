/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import com.google.protobuf.UnsafeByteOperations;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.operators.decode.Features.Encoding;
import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import io.evergrad.operators.wire.RawRecordFormat;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** The bytes of a {@link Decoded} record between operators. */
public final class DecodedFormat implements Format<Decoded> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final Decoded decoded) {
    final StateProto.Decoded.Builder message = StateProto.Decoded.newBuilder();
    if (decoded instanceof Example example) {
      message.setExample(message(example));
    } else if (decoded instanceof TaskEnd end) {
      message.setTaskEnd(
          StateProto.TaskEnded.newBuilder()
              .setPosition(RawRecordFormat.message(end.position()))
              .setTask(end.task()));
    }
    return message.build().toByteArray();
  }

  @Override
  public Decoded deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    final StateProto.Decoded message = StateProto.Decoded.parseFrom(bytes);
    return switch (message.getElementCase()) {
      case EXAMPLE -> example(message.getExample());
      case TASK_END ->
          new TaskEnd(
              RawRecordFormat.position(message.getTaskEnd().getPosition()),
              message.getTaskEnd().getTask());
      case ELEMENT_NOT_SET -> throw new IOException("neither an example nor the end of a task");
    };
  }

  /** The message for an example. */
  static StateProto.LabelledExample message(final Example example) {
    return StateProto.LabelledExample.newBuilder()
        .setPosition(RawRecordFormat.message(example.position()))
        .setTask(example.task())
        .setEncoding(encoding(example.features().encoding()))
        .setFeatures(UnsafeByteOperations.unsafeWrap(example.features().bytes()))
        .setLabel(example.label())
        .addAllCandidates(classes(example.candidates()))
        .setHeldOut(example.heldOut())
        .build();
  }

  /**
   * The example in a message.
   *
   * @throws IOException if its features are not sound
   */
  static Example example(final StateProto.LabelledExample message) throws IOException {
    return new Example(
        RawRecordFormat.position(message.getPosition()),
        message.getTask(),
        features(message.getEncoding(), message.getFeatures().toByteArray()),
        message.getLabel(),
        candidates(message.getCandidatesList()),
        message.getHeldOut());
  }

  /** Candidates as a message has them; none for all. */
  public static List<Integer> classes(final Candidates candidates) {
    return Arrays.stream(candidates.classes()).boxed().toList();
  }

  /**
   * Candidates in a message.
   *
   * @throws IOException if one is negative or comes twice
   */
  public static Candidates candidates(final List<Integer> classes) throws IOException {
    try {
      return Candidates.of(classes.stream().mapToInt(Integer::intValue).toArray());
    } catch (final IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** The message's name of an encoding. */
  public static StateProto.Encoding encoding(final Encoding encoding) {
    return switch (encoding) {
      case UINT8 -> StateProto.Encoding.UINT8;
      case FLOAT32 -> StateProto.Encoding.FLOAT32;
      case TOKEN8 -> StateProto.Encoding.TOKEN8;
    };
  }

  /**
   * Features as a message has them.
   *
   * @throws IOException if the encoding is unknown or does not fit the bytes
   */
  public static Features features(final StateProto.Encoding encoding, final byte[] bytes)
      throws IOException {
    final Encoding known =
        switch (encoding) {
          case UINT8 -> Encoding.UINT8;
          case FLOAT32 -> Encoding.FLOAT32;
          case TOKEN8 -> Encoding.TOKEN8;
          case UNKNOWN, UNRECOGNIZED -> throw new IOException("unknown encoding of features");
        };
    try {
      return new Features(known, bytes);
    } catch (final IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
