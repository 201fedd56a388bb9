/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.operators.decode.BadRecord.Reason;
import io.evergrad.operators.decode.Features.Encoding;
import io.evergrad.operators.wire.Position;
import io.evergrad.operators.wire.RawRecord;
import io.evergrad.operators.wire.StreamRecord;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Reads {@link StreamRecord}s, in Protobuf or JSON, and refuses all that a network cannot learn
 * from. Never throws for what a record holds, and allocates no more than the record's own size asks
 * for. Thread-safe.
 */
public final class RecordDecoder {
  /** Longest task id, in UTF-16 units. */
  public static final int LONGEST_TASK = 256;

  private static final int MOST_AXES = 8;
  private static final int LONGEST_DETAIL = 300;
  private static final Set<String> FIELDS =
      Set.of("task", "shape", "features", "label", "held_out", "candidates", "task_end");
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build()
          .reader();

  private final int inputs;
  private final int classes;
  private final boolean tokens;
  private final boolean labelled;
  private final boolean choosing;

  /** A decoder of examples for a network. */
  public RecordDecoder(final NetworkSpec network) {
    inputs = network.inputs();
    classes = network.classes();
    tokens = network.tokens();
    labelled = network.labelled();
    choosing = labelled && network.predictions() == 1;
  }

  /** Reads a record. */
  public Decoding decode(final RawRecord record) {
    try {
      final byte[] value = record.value();
      if (value == null || value.length == 0) {
        throw new Refusal(Reason.NO_VALUE, "the record has no value");
      }
      return value[0] == '{' ? json(record.position(), value) : protobuf(record.position(), value);
    } catch (final Refusal refusal) {
      return new BadRecord(record, refusal.reason, refusal.getMessage());
    }
  }

  private Decoded protobuf(final Position position, final byte[] value) throws Refusal {
    final StreamRecord message;
    try {
      message = StreamRecord.parseFrom(value);
    } catch (final InvalidProtocolBufferException e) {
      throw new Refusal(Reason.NOT_PROTOBUF, "not a StreamRecord: " + e.getMessage());
    }
    final String task = task(message.getTask());
    return switch (message.getBodyCase()) {
      case EXAMPLE -> example(position, task, message.getExample());
      case TASK_END -> new TaskEnd(position, task);
      case BODY_NOT_SET ->
          throw new Refusal(Reason.NO_BODY, "expected an example or the end of a task");
    };
  }

  private Example example(
      final Position position, final String task, final io.evergrad.operators.wire.Example message)
      throws Refusal {
    final int axes = message.getShapeCount();
    requireAxes(axes);
    long declared = axes == 0 ? inputs : 1;
    for (int i = 0; i < axes; i++) {
      declared = times(declared, message.getShape(i));
    }
    final Features features =
        switch (message.getFeaturesCase()) {
          case UINT8 -> {
            final Encoding bytes = tokens ? Encoding.TOKEN8 : Encoding.UINT8;
            requireSize(declared, bytes, message.getUint8().size());
            yield new Features(bytes, message.getUint8().toByteArray());
          }
          case FLOAT32 -> {
            requireSize(declared, Encoding.FLOAT32, message.getFloat32().size());
            yield new Features(Encoding.FLOAT32, message.getFloat32().toByteArray());
          }
          case FEATURES_NOT_SET ->
              throw new Refusal(Reason.NO_FEATURES, "expected uint8 or float32 features");
        };
    final int label = message.getLabel();
    return checked(
        position, task, features, label, message.getCandidatesList(), message.getHeldOut());
  }

  private Decoded json(final Position position, final byte[] value) throws Refusal {
    final JsonNode root = tree(value);
    final JsonNode taskNode = root.get("task");
    if (taskNode != null && !taskNode.isTextual()) {
      throw new Refusal(Reason.NOT_JSON, "\"task\" is not a string");
    }
    final String task = task(taskNode == null ? "" : taskNode.textValue());
    final boolean end = flag(root, "task_end");
    if (end) {
      if (root.has("features") || root.has("label")) {
        throw new Refusal(Reason.NOT_JSON, "both an example and the end of a task: expected one");
      }
      return new TaskEnd(position, task);
    }
    if (!root.has("features")) {
      throw root.has("label") || root.has("shape")
          ? new Refusal(Reason.NO_FEATURES, "expected \"features\"")
          : new Refusal(Reason.NO_BODY, "expected \"features\" or \"task_end\": true");
    }
    final int label = labelled ? label(root.get("label")) : 0;
    return checked(
        position,
        task,
        features(root),
        label,
        classes(root.get("candidates")),
        flag(root, "held_out"));
  }

  private int label(final JsonNode label) throws Refusal {
    if (label == null || !label.isIntegralNumber() || !label.canConvertToInt()) {
      throw new Refusal(Reason.LABEL, "label " + brief(label) + ": expected " + labels());
    }
    return label.intValue();
  }

  private List<Integer> classes(final JsonNode candidates) throws Refusal {
    if (candidates == null) {
      return List.of();
    }
    if (!candidates.isArray()
        || !StreamSupport.stream(candidates.spliterator(), false)
            .allMatch(c -> c.isIntegralNumber() && c.canConvertToInt())) {
      throw new Refusal(
          Reason.CANDIDATES, "candidates " + brief(candidates) + ": expected an array of classes");
    }
    return StreamSupport.stream(candidates.spliterator(), false).map(JsonNode::intValue).toList();
  }

  private Candidates candidates(final int label, final List<Integer> listed) throws Refusal {
    if (listed.isEmpty()) {
      return Candidates.ALL;
    }
    if (!choosing) {
      throw new Refusal(
          Reason.CANDIDATES,
          "candidates, but the network does not choose one class: expected none");
    }
    for (final int candidate : listed) {
      if (candidate < 0 || candidate >= classes) {
        throw new Refusal(Reason.CANDIDATES, "candidate " + candidate + ": expected " + labels());
      }
    }
    if (!listed.contains(label)) {
      throw new Refusal(
          Reason.CANDIDATES, "label " + label + " is not among the candidates " + brief(listed));
    }
    try {
      return Candidates.of(listed.stream().mapToInt(Integer::intValue).toArray());
    } catch (final IllegalArgumentException e) {
      throw new Refusal(Reason.CANDIDATES, e.getMessage());
    }
  }

  private JsonNode tree(final byte[] value) throws Refusal {
    final JsonNode root;
    try {
      root = JSON.readTree(value);
    } catch (final IOException e) {
      throw new Refusal(Reason.NOT_JSON, "not JSON: " + e.getMessage());
    }
    final Iterator<String> names = root.fieldNames();
    while (names.hasNext()) {
      final String name = names.next();
      if (!FIELDS.contains(name)) {
        throw new Refusal(
            Reason.NOT_JSON, "unknown field \"" + brief(name) + "\": expected one of " + FIELDS);
      }
    }
    return root;
  }

  private Features features(final JsonNode root) throws Refusal {
    final JsonNode values = root.get("features");
    if (!values.isArray()) {
      throw new Refusal(Reason.NO_FEATURES, "\"features\" is not an array of numbers");
    }
    requireSize(declared(root.get("shape")), Encoding.FLOAT32, (long) values.size() * Float.BYTES);
    final float[] features = new float[values.size()];
    for (int i = 0; i < features.length; i++) {
      final JsonNode feature = values.get(i);
      if (!feature.isNumber()) {
        throw new Refusal(Reason.NOT_FINITE, "feature " + i + " is not a number");
      }
      features[i] = (float) feature.doubleValue();
    }
    return Features.of(features);
  }

  private long declared(final JsonNode shape) throws Refusal {
    if (shape == null) {
      return inputs;
    }
    if (!shape.isArray()) {
      throw new Refusal(Reason.BAD_SHAPE, "\"shape\" is not an array of sizes");
    }
    requireAxes(shape.size());
    long declared = shape.isEmpty() ? inputs : 1;
    for (final JsonNode length : shape) {
      if (!length.isIntegralNumber() || !length.canConvertToLong()) {
        throw new Refusal(Reason.BAD_SHAPE, "size " + brief(length) + ": expected 1 or more");
      }
      declared = times(declared, length.longValue());
    }
    return declared;
  }

  private Example checked(
      final Position position,
      final String task,
      final Features features,
      final int label,
      final List<Integer> listed,
      final boolean heldOut)
      throws Refusal {
    if (!features.finite()) {
      throw new Refusal(Reason.NOT_FINITE, "a feature is NaN or infinite: expected finite ones");
    }
    if (tokens) {
      requireTokens(features);
    }
    if (labelled && (label < 0 || label >= classes)) {
      throw new Refusal(Reason.LABEL, "label " + label + ": expected " + labels());
    }
    final Candidates candidates = candidates(label, listed);
    return new Example(position, task, features, labelled ? label : 0, candidates, heldOut);
  }

  private void requireTokens(final Features features) throws Refusal {
    for (int i = 0; i < features.width(); i++) {
      final float token = features.get(i);
      if (token < 0 || token >= classes || token != (int) token) {
        throw new Refusal(
            Reason.TOKEN, "feature " + i + " is " + token + ": expected a token id, " + labels());
      }
    }
  }

  private void requireSize(final long declared, final Encoding encoding, final long bytes)
      throws Refusal {
    if (bytes != declared * encoding.bytes()) {
      throw new Refusal(
          Reason.SIZE_MISMATCH,
          bytes
              + " bytes of "
              + encoding
              + " features: the shape asks for "
              + declared * encoding.bytes());
    }
    if (declared != inputs) {
      throw new Refusal(Reason.WRONG_SHAPE, declared + " features: the network takes " + inputs);
    }
  }

  private static void requireAxes(final int axes) throws Refusal {
    if (axes > MOST_AXES) {
      throw new Refusal(Reason.BAD_SHAPE, axes + " axes: expected at most " + MOST_AXES);
    }
  }

  private static long times(final long product, final long length) throws Refusal {
    if (length < 1 || length > Integer.MAX_VALUE / product) {
      throw new Refusal(
          Reason.BAD_SHAPE, "size " + length + ": expected 1 or more, and a product below 2^31");
    }
    return product * length;
  }

  private static String task(final String id) throws Refusal {
    if (id.length() > LONGEST_TASK) {
      throw new Refusal(
          Reason.TASK_ID,
          "a task id of " + id.length() + " characters: expected at most " + LONGEST_TASK);
    }
    return id;
  }

  private static boolean flag(final JsonNode root, final String name) throws Refusal {
    final JsonNode value = root.get(name);
    if (value != null && !value.isBoolean()) {
      throw new Refusal(Reason.NOT_JSON, "\"" + name + "\" is not true or false");
    }
    return value != null && value.booleanValue();
  }

  private String labels() {
    return "an integer from 0 to " + (classes - 1);
  }

  private static String brief(final Object found) {
    return brief(String.valueOf(found), 40);
  }

  private static String brief(final String text, final int longest) {
    return text.length() <= longest ? text : text.substring(0, longest) + "…";
  }

  /** Ends the reading of one record; carries no stack trace, as bad records may come in floods. */
  private static final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    Refusal(final Reason reason, final String detail) {
      super(brief(detail, LONGEST_DETAIL), null, false, false);
      this.reason = reason;
    }
  }
}
