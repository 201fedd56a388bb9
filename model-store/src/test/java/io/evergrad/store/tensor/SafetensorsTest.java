/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {

  /** What make_golden.py writes with the reference implementation. */
  private static SortedMap<String, StoredTensor> golden() {
    final SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    tensors.put(
        "layer1.weight",
        StoredTensor.ofFloats(
            new float[] {1.5f, -2.25f, 0f, 1e-40f, Float.POSITIVE_INFINITY, Float.MAX_VALUE},
            2,
            3));
    tensors.put("layer1.bias", StoredTensor.ofFloats(new float[] {-0.0f}, 1));
    tensors.put("precision", StoredTensor.ofDoubles(new double[] {1.0 / 3, Double.MIN_VALUE}, 2));
    tensors.put("step", StoredTensor.ofLongs(new long[] {Long.MIN_VALUE}));
    tensors.put("none", StoredTensor.ofFloats(new float[0], 0, 7));
    tensors.put("größe", StoredTensor.ofLongs(new long[] {1, 2}, 2));
    return tensors;
  }

  private static byte[] goldenBytes() throws IOException {
    try (InputStream input =
        SafetensorsTest.class.getResourceAsStream("/golden/tiny.safetensors")) {
      return input.readAllBytes();
    }
  }

  private static byte[] container(final String header, final int dataBytes) {
    final byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return container(json.length, json, dataBytes);
  }

  private static byte[] container(final long length, final byte[] json, final int dataBytes) {
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(json)
        .array();
  }

  @Test
  void readsWhatTheReferenceImplementationWrites() throws IOException {
    assertThat(Safetensors.decode(goldenBytes(), "golden")).isEqualTo(golden());
  }

  @Test
  void writesWhatTheReferenceImplementationWrites() throws IOException {
    assertThat(Safetensors.encode(golden())).isEqualTo(goldenBytes());
  }

  @Test
  void everyWayOfWritingAndReadingAgrees(@TempDir final Path directory) throws IOException {
    final byte[] bytes = Safetensors.encode(golden());
    final ByteArrayOutputStream stream = new ByteArrayOutputStream();
    Safetensors.write(golden(), stream);
    final Path file = Files.write(directory.resolve("a.safetensors"), bytes);

    assertThat(stream.toByteArray()).isEqualTo(bytes);
    assertThat(Safetensors.read(file, TensorLimits.DEFAULT)).isEqualTo(golden());
    assertThat(Safetensors.read(new ByteArrayInputStream(bytes), "stream", TensorLimits.DEFAULT))
        .isEqualTo(golden());
  }

  @Test
  void noTensorsRoundTrip() throws IOException {
    final byte[] bytes = Safetensors.encode(new TreeMap<>());

    assertThat(bytes).hasSize(16);
    assertThat(Safetensors.decode(bytes, "empty")).isEmpty();
  }

  @Test
  void randomTensorsRoundTripAndLieAligned() throws IOException {
    final Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      final SortedMap<String, StoredTensor> tensors = new TreeMap<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        final DType type = DType.values()[random.nextInt(3)];
        final long[] shape = random.longs(random.nextInt(4), 0, 5).toArray();
        final byte[] data = new byte[Math.toIntExact(StoredTensor.byteCount(type, shape))];
        random.nextBytes(data);
        tensors.put("t" + random.nextInt(100), new StoredTensor(type, shape, data));
      }
      final byte[] bytes = Safetensors.encode(tensors);
      assertThat(Safetensors.decode(bytes, "random")).isEqualTo(tensors);
      assertThat(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
      assertThat(SafetensorsHeader.of(tensors).entries())
          .allMatch(entry -> entry.begin() % entry.type().bytes() == 0);
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    final byte[] bytes = goldenBytes();
    for (int length = 0; length < bytes.length; length++) {
      final byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> Safetensors.decode(part, "part"))
          .isInstanceOf(TensorFormatException.class)
          .hasMessageStartingWith("part: ");
      assertThatThrownBy(
              () -> Safetensors.read(new ByteArrayInputStream(part), "part", TensorLimits.DEFAULT))
          .isInstanceOf(TensorFormatException.class)
          .hasMessageStartingWith("part: ");
    }
  }

  @Test
  void moreThanIsDeclaredIsRefused() throws IOException {
    final byte[] longer = Arrays.copyOf(goldenBytes(), goldenBytes().length + 1);

    assertThatThrownBy(() -> Safetensors.decode(longer, "longer"))
        .hasMessageContaining("data: expected the 68 bytes that the header declares, found 69");
    assertThatThrownBy(
            () -> Safetensors.read(new ByteArrayInputStream(longer), "s", TensorLimits.DEFAULT))
        .hasMessageContaining("expected to end after 68 bytes");
  }

  /** A flipped bit either is refused, or gives other tensors: nothing else escapes the reader. */
  @Test
  void noFlippedBitBreaksTheReader() throws IOException {
    final byte[] bytes = goldenBytes();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        assertThat(Safetensors.encode(new TreeMap<>(Safetensors.decode(bytes, "flipped"))))
            .isNotEqualTo(goldenBytes());
      } catch (final TensorFormatException e) {
        assertThat(e).hasMessageStartingWith("flipped: ");
      }
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 1, (16 << 20) + 1, 1L << 40, Long.MAX_VALUE})
  void impossibleHeaderLengthsAreRefused(final long length) {
    final byte[] bytes = container(length, "{}".getBytes(StandardCharsets.UTF_8), 0);

    assertThatThrownBy(() -> Safetensors.decode(bytes, "hostile"))
        .isInstanceOf(TensorFormatException.class)
        .hasMessageContaining("header length: expected 2 to 16777216 bytes");
  }

  @Test
  void headerLongerThanTheFileIsRefused() {
    final byte[] bytes = container(1000, "{}".getBytes(StandardCharsets.UTF_8), 0);

    assertThatThrownBy(() -> Safetensors.decode(bytes, "hostile"))
        .hasMessageContaining(
            "header length: expected at most the 2 bytes that follow, found 1000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]|expected to begin with '{'",
        "x{}|expected to begin with '{'",
        "{} {}|expected a JSON object",
        "{\"a\":|expected a JSON object",
        "{\"a\":1}|dtype: expected one of [F32, F64, I64], found nothing",
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}|found \"F16\"",
        "{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}|dtype: expected one of",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}|shape: expected an array",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}|shape: expected an array",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}|found [1.0]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"1\"],\"data_offsets\":[0,4]}}|shape: expected",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}|shape",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,0]}}|2^63",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}|data_offsets: expected [beg",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}|begin ≤ end",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}|data_offsets: expected",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}|expected 4 bytes for F32[1]",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}|found 4 (a gap)",
        "{\"\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}|tensor name",
        "{\"a\\u0000\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}|tensor name",
        "{\"__metadata__\":{\"a\":1}}|expected an object of strings",
        "{\"__metadata__\":[]}|expected an object of strings",
      })
  void hostileHeadersAreRefused(final String header, final String message) {
    assertThatThrownBy(() -> Safetensors.decode(container(header, 8), "hostile"))
        .isInstanceOf(TensorFormatException.class)
        .hasMessageStartingWith("hostile: ")
        .hasMessageContaining(message);
  }

  @Test
  void overlapsAreRefused() {
    final String header =
        """
        {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},\
        "b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""";

    assertThatThrownBy(() -> Safetensors.decode(container(header, 12), "hostile"))
        .hasMessageContaining("tensor \"b\": expected to begin at byte 8")
        .hasMessageContaining("found 4 (an overlap)");
  }

  @Test
  void repeatedNamesAreRefused() {
    final String header =
        """
        {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},\
        "a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""";

    assertThatThrownBy(() -> Safetensors.decode(container(header, 8), "hostile"))
        .isInstanceOf(TensorFormatException.class)
        .hasMessageContaining("Duplicate field 'a'");
  }

  @Test
  void headersThatAreNotUtf8AreRefused() {
    final byte[] json = "{\"a\":0}".getBytes(StandardCharsets.UTF_8);
    json[2] = (byte) 0xff;

    assertThatThrownBy(() -> Safetensors.decode(container(json.length, json, 0), "hostile"))
        .isInstanceOf(TensorFormatException.class)
        .hasMessageContaining("expected UTF-8");
  }

  /** A petabyte is declared and refused; reading it from an endless stream stops at the limit. */
  @Test
  void hugeTensorsAreRefusedBeforeTheyAreAllocated() {
    final String petabyte =
        "{\"a\":{\"dtype\":\"I64\",\"shape\":[1125899906842624],\"data_offsets\":[0,9007199254740992]}}";
    final String gigabyte =
        "{\"a\":{\"dtype\":\"I64\",\"shape\":[134217728],\"data_offsets\":[0,1073741824]}}";

    assertThatThrownBy(() -> Safetensors.decode(container(petabyte, 0), "hostile"))
        .hasMessageContaining("tensor \"a\": expected at most 2147483639 bytes");
    assertThatThrownBy(() -> Safetensors.decode(container(gigabyte, 0), "hostile"))
        .hasMessageContaining("data: expected the 1073741824 bytes");
    assertThatThrownBy(
            () ->
                Safetensors.read(
                    new ByteArrayInputStream(container(gigabyte, 0)),
                    "hostile",
                    new TensorLimits(1000, 1000)))
        .hasMessageContaining("data: expected at most 1000 bytes, found 1073741824 declared");
  }

  @Test
  void metadataOfOtherWritersIsIgnored() throws IOException {
    final String header =
        """
        {"__metadata__":{"format":"pt"},\
        "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":null}}\s\s\s""";

    assertThat(Safetensors.decode(container(header, 4), "other"))
        .containsOnlyKeys("a")
        .containsEntry("a", StoredTensor.ofFloats(new float[1], 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "__metadata__", "a\nb", "\ud800"})
  void namesThatNoReaderAcceptsAreNotWritten(final String name) {
    final SortedMap<String, StoredTensor> tensors = new TreeMap<>();
    tensors.put(name, StoredTensor.ofLongs(new long[] {1}));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> Safetensors.encode(tensors))
        .withMessageContaining("tensor name");
  }

  @Test
  void shapeAndDataMustAgree() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StoredTensor(DType.F32, new long[] {2, 3}, new byte[23]))
        .withMessage("F32[2, 3]: expected 24 bytes, found 23");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new StoredTensor(DType.F32, new long[] {-2, -3}, new byte[24]));
    assertThatThrownBy(() -> StoredTensor.ofLongs(new long[] {1}).floats())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("expected a tensor of F32, found I64[]");
  }
}
