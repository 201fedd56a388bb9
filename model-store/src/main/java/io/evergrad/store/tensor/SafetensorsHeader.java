/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store.tensor;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Where each tensor lies in the data.
 *
 * @param entries in the order of the data: each begins where the one before ends
 */
record SafetensorsHeader(List<Entry> entries) {

  /** The longest Java array that every virtual machine allocates. */
  static final int MAX_TENSOR_BYTES = Integer.MAX_VALUE - 8;

  private static final int MAX_NAME_CHARACTERS = 1024;
  private static final int ALIGNMENT = 8;
  private static final String METADATA = "__metadata__";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Comparator<Entry> BY_OFFSET =
      Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end);

  /**
   * One tensor.
   *
   * @param begin offset of its first byte in the data
   * @param end offset after its last byte
   */
  record Entry(String name, DType type, long[] shape, long begin, long end) {}

  /** Lays tensors out by type, widest and last declared first, then by name. */
  static SafetensorsHeader of(final SortedMap<String, StoredTensor> tensors) {
    final List<Map.Entry<String, StoredTensor>> ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(
        Comparator.<Map.Entry<String, StoredTensor>, DType>comparing(e -> e.getValue().type())
            .reversed()
            .thenComparing(Map.Entry.comparingByKey()));
    final List<Entry> entries = new ArrayList<>(ordered.size());
    long begin = 0;
    for (final Map.Entry<String, StoredTensor> named : ordered) {
      final String problem = problemOfName(named.getKey());
      if (problem != null) {
        throw new IllegalArgumentException(problem);
      }
      final StoredTensor tensor = named.getValue();
      final long end = begin + tensor.data().length;
      entries.add(new Entry(named.getKey(), tensor.type(), tensor.shape(), begin, end));
      begin = end;
    }
    return new SafetensorsHeader(List.copyOf(entries));
  }

  static SafetensorsHeader parse(final byte[] json, final String source)
      throws TensorFormatException {
    final JsonNode root = parseObject(json, source);
    final List<Entry> entries = new ArrayList<>(root.size());
    for (final Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        checkMetadata(field.getValue(), source);
      } else {
        entries.add(parseEntry(field.getKey(), field.getValue(), source));
      }
    }
    entries.sort(BY_OFFSET);
    long expected = 0;
    for (final Entry entry : entries) {
      if (entry.begin() != expected) {
        throw new TensorFormatException(
            source,
            "tensor \"%s\": expected to begin at byte %d, where the one before ends, found %d (%s)"
                .formatted(
                    entry.name(),
                    expected,
                    entry.begin(),
                    entry.begin() < expected ? "an overlap" : "a gap"));
      }
      expected = entry.end();
    }
    return new SafetensorsHeader(List.copyOf(entries));
  }

  long dataBytes() {
    return entries.isEmpty() ? 0 : entries.get(entries.size() - 1).end();
  }

  /** The header, padded so that the data begin at a multiple of 8 bytes. */
  byte[] toJson() {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      for (final Entry entry : entries) {
        json.writeObjectFieldStart(entry.name());
        json.writeStringField("dtype", entry.type().name());
        json.writeFieldName("shape");
        json.writeArray(entry.shape(), 0, entry.shape().length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {entry.begin(), entry.end()}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    } catch (final IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    while (bytes.size() % ALIGNMENT != 0) {
      bytes.write(' ');
    }
    return bytes.toByteArray();
  }

  private static JsonNode parseObject(final byte[] json, final String source)
      throws TensorFormatException {
    if (json[0] != '{') {
      throw new TensorFormatException(
          source, "header: expected to begin with '{', found byte 0x%02x".formatted(json[0]));
    }
    try {
      // Decoded first: Jackson would guess among UTF-8, UTF-16 and UTF-32.
      final String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json)).toString();
      return JSON.readTree(text);
    } catch (final CharacterCodingException e) {
      throw new TensorFormatException(source, "header: expected UTF-8", e);
    } catch (final JsonProcessingException e) {
      throw new TensorFormatException(
          source, "header: expected a JSON object, found: " + e.getOriginalMessage(), e);
    }
  }

  private static void checkMetadata(final JsonNode node, final String source)
      throws TensorFormatException {
    if (!node.isObject() || node.valueStream().anyMatch(value -> !value.isTextual())) {
      throw new TensorFormatException(
          source, METADATA + ": expected an object of strings, found " + brief(node));
    }
  }

  private static Entry parseEntry(final String name, final JsonNode node, final String source)
      throws TensorFormatException {
    final String problem = problemOfName(name);
    if (problem != null) {
      throw new TensorFormatException(source, problem);
    }
    final DType type = parseType(name, node.path("dtype"), source);
    final long[] shape = parseLongs(name, "shape", node.path("shape"), source);
    final long[] offsets = parseLongs(name, "data_offsets", node.path("data_offsets"), source);
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw new TensorFormatException(
          source,
          "tensor \"%s\": data_offsets: expected [begin, end] with begin ≤ end, found %s"
              .formatted(name, brief(node.path("data_offsets"))));
    }
    final long declared = offsets[1] - offsets[0];
    final long expected;
    try {
      expected = StoredTensor.byteCount(type, shape);
    } catch (final IllegalArgumentException e) {
      throw new TensorFormatException(source, "tensor \"" + name + "\": " + e.getMessage(), e);
    }
    if (declared != expected) {
      throw new TensorFormatException(
          source,
          "tensor \"%s\": data_offsets: expected %d bytes for %s%s, found %d"
              .formatted(name, expected, type, Arrays.toString(shape), declared));
    }
    if (declared > MAX_TENSOR_BYTES) {
      throw new TensorFormatException(
          source,
          "tensor \"%s\": expected at most %d bytes, found %d"
              .formatted(name, MAX_TENSOR_BYTES, declared));
    }
    return new Entry(name, type, shape, offsets[0], offsets[1]);
  }

  private static DType parseType(final String name, final JsonNode node, final String source)
      throws TensorFormatException {
    return Arrays.stream(DType.values())
        .filter(type -> node.isTextual() && type.name().equals(node.textValue()))
        .findAny()
        .orElseThrow(
            () ->
                new TensorFormatException(
                    source,
                    "tensor \"%s\": dtype: expected one of %s, found %s"
                        .formatted(name, Arrays.toString(DType.values()), brief(node))));
  }

  private static long[] parseLongs(
      final String name, final String field, final JsonNode node, final String source)
      throws TensorFormatException {
    final boolean valid =
        node.isArray()
            && node.valueStream()
                .allMatch(n -> n.isIntegralNumber() && n.canConvertToLong() && n.longValue() >= 0);
    if (!valid) {
      throw new TensorFormatException(
          source,
          "tensor \"%s\": %s: expected an array of integers from 0 to 2^63 - 1, found %s"
              .formatted(name, field, brief(node)));
    }
    return node.valueStream().mapToLong(JsonNode::longValue).toArray();
  }

  private static String problemOfName(final String name) {
    final boolean allowed =
        !name.isEmpty()
            && name.length() <= MAX_NAME_CHARACTERS
            && !name.equals(METADATA)
            && name.chars().noneMatch(Character::isISOControl)
            && StandardCharsets.UTF_8.newEncoder().canEncode(name);
    return allowed
        ? null
        : "tensor name %s: expected 1 to %d characters, no control character, not %s"
            .formatted(brief(JSON.getNodeFactory().textNode(name)), MAX_NAME_CHARACTERS, METADATA);
  }

  private static String brief(final JsonNode node) {
    if (node.isMissingNode()) {
      return "nothing";
    }
    final String text = node.toString();
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
