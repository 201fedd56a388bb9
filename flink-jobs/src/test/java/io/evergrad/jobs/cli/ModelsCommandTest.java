/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evergrad.store.LocalModelStore;
import io.evergrad.store.Manifest;
import io.evergrad.store.ModelContent;
import io.evergrad.store.ModelStore;
import io.evergrad.store.PublicationKey;
import io.evergrad.store.TrainingProgress;
import io.evergrad.store.tensor.StoredTensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ModelsCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path directory;

  @Test
  void listsEveryVersionInATable() throws IOException {
    publish("image", 7);
    publish("image", 12);
    publish("b", 3);

    assertThat(run("models list --store " + directory)).isEqualTo(Evergrad.DONE);

    assertThat(out.toString().lines())
        .containsExactly(
            "MODEL  VERSION  TASKS  STEPS  EXAMPLES  CREATED               NETWORK",
            "b      1        2      3      384       2026-11-24T04:30:00Z  2-1 relu",
            "image  1        2      7      896       2026-11-24T04:30:00Z  2-1 relu",
            "image  2        2      12     1536      2026-11-24T04:30:00Z  2-1 relu");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void listsEveryVersionAsJson() throws IOException {
    publish("image", 7);
    publish("image", 12);

    assertThat(run("models list --json --store " + directory)).isEqualTo(Evergrad.DONE);

    final JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json).hasSize(2);
    assertThat(json.get(1).get("model").textValue()).isEqualTo("image");
    assertThat(json.get(1).get("version").longValue()).isEqualTo(2);
    assertThat(json.get(1).get("steps").longValue()).isEqualTo(12);
    assertThat(json.get(1).get("checkpoint").longValue()).isEqualTo(12);
    assertThat(json.get(1).get("offsets").get("examples-0").longValue()).isEqualTo(1536);
  }

  @Test
  void anEmptyStoreIsAnEmptyArray() {
    assertThat(run("models list --json --store " + directory)).isEqualTo(Evergrad.DONE);

    assertThat(out.toString().strip().replace(" ", "")).isEqualTo("[]");
  }

  @Test
  void showsTheLatestVersionUnlessToldOtherwise() throws IOException {
    publish("image", 7);
    publish("image", 12);

    for (final String arguments : List.of("image", "image latest", "image 2")) {
      out.getBuffer().setLength(0);
      assertThat(run("models show --store " + directory + " " + arguments))
          .isEqualTo(Evergrad.DONE);
      assertThat(out.toString().lines())
          .contains(
              "model            image",
              "version          2",
              "steps            12",
              "published by     job job, checkpoint 12, sequence 0",
              "symmetry         scheme = joint",
              "offset           examples-0 = 1536",
              "configuration    evergrad.learner.batch = 128",
              "weights          layer1.weight f32[1, 2]",
              "preconditioner   momentum f64[1]");
    }
  }

  @Test
  void showsOneVersionAsJson() throws IOException {
    publish("image", 7);
    publish("image", 12);

    assertThat(run("models show image 1 --json --store " + directory)).isEqualTo(Evergrad.DONE);

    final JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("version").longValue()).isEqualTo(1);
    assertThat(json.get("steps").longValue()).isEqualTo(7);
    assertThat(json.get("weights"))
        .isEqualTo(
            new ObjectMapper()
                .readTree("{\"layer1.weight\": {\"type\": \"f32\", \"shape\": [1, 2]}}"));
    assertThat(json.get("precision")).isEmpty();
  }

  @Test
  void aDamagedVersionIsNamedAndTheOthersAreListed() throws IOException {
    publish("image", 7);
    publish("image", 12);
    damage("image", "manifest.json");

    assertThat(run("models list --store " + directory)).isEqualTo(Evergrad.FAILED);

    assertThat(out.toString().lines()).hasSize(2).last().asString().startsWith("image  2");
    assertThat(err.toString()).startsWith("evergrad: ").contains("manifest.json");
  }

  @Test
  void showVerifiesTheTensors() throws IOException {
    publish("image", 7);
    damage("image", "weights.safetensors");

    assertThat(run("models show image --store " + directory)).isEqualTo(Evergrad.FAILED);

    assertThat(err.toString()).startsWith("evergrad: ").contains("weights.safetensors");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void whatIsNotThereIsCodeOne() throws IOException {
    publish("image", 7);

    assertThat(run("models show other --store " + directory)).isEqualTo(Evergrad.FAILED);
    assertThat(run("models show image 2 --store " + directory)).isEqualTo(Evergrad.FAILED);
    assertThat(run("models list --store " + directory.resolve("none"))).isEqualTo(Evergrad.FAILED);

    assertThat(err.toString().lines()).hasSize(3);
    assertThat(err.toString()).contains("model other").contains("no model store at");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void wrongArgumentsAreCodeTwo() {
    assertThat(run("models")).isEqualTo(Evergrad.WRONG_USAGE);
    assertThat(run("models show")).isEqualTo(Evergrad.WRONG_USAGE);
    for (final String version : List.of("0", "first", "-1")) {
      assertThat(run("models show image " + version)).isEqualTo(Evergrad.WRONG_USAGE);
    }
    assertThat(err.toString()).contains("VERSION first: expected a number of at least 1");
  }

  private void publish(final String model, final long steps) throws IOException {
    final SortedMap<String, StoredTensor> weights =
        new TreeMap<>(Map.of("layer1.weight", StoredTensor.ofFloats(new float[] {1, 2}, 1, 2)));
    final Manifest manifest =
        new Manifest(
            model,
            "2-1 relu",
            ModelContent.shapesOf(weights),
            new TreeMap<>(Map.of("scheme", "joint")),
            new PublicationKey("job", steps, 0),
            new TreeMap<>(Map.of("examples-0", steps * 128)),
            42,
            new TreeMap<>(Map.of("evergrad.learner.batch", "128")),
            new TrainingProgress(steps, steps * 128, 2, 0),
            Instant.parse("2026-11-24T04:30:00.123Z"));
    final ModelStore store = new LocalModelStore(directory);
    store.publish(
        store.stage(
            new ModelContent(
                manifest,
                weights,
                new TreeMap<>(Map.of("momentum", StoredTensor.ofDoubles(new double[] {1}, 1))),
                new TreeMap<>())));
  }

  /** Changes the last byte of a file of the first version. */
  private void damage(final String model, final String file) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve(model).resolve("versions"))) {
      final Path first =
          files.filter(path -> path.endsWith(file)).sorted().findFirst().orElseThrow();
      final byte[] bytes = Files.readAllBytes(first);
      bytes[bytes.length - 1] ^= 1;
      Files.write(first, bytes);
    }
  }

  private int run(final String arguments) {
    return Evergrad.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
        .execute(arguments.split(" "));
  }
}
