/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestJsonTest {

  private static final Path FILE = Path.of("manifest.json");
  private static final VersionSummary SUMMARY =
      new VersionSummary(42, Versions.of("job", 7, 1).manifest());

  private static String json() {
    return new String(ManifestJson.write(SUMMARY), StandardCharsets.UTF_8);
  }

  private static VersionSummary read(final String json) throws StoreException {
    return ManifestJson.read(json.getBytes(StandardCharsets.UTF_8), FILE);
  }

  @Test
  void roundTrips() throws StoreException {
    assertThat(read(json())).isEqualTo(SUMMARY);
  }

  /** Versions that exist must stay readable: this text may grow, never change. */
  @Test
  void textOfTheFirstFormatIsFixed() throws StoreException {
    final String first =
        """
        {
          "format_version" : 1,
          "model" : "tiny",
          "version" : 42,
          "network" : "2-1 relu",
          "job" : "job",
          "checkpoint" : 7,
          "sequence" : 1,
          "steps" : 4,
          "examples" : 512,
          "tasks" : 2,
          "task_examples" : 17,
          "seed" : -9223372036854775808,
          "created_at" : "2026-11-24T04:30:00.123456789Z",
          "shapes" : {
            "layer1.bias" : [ 1 ],
            "layer1.weight" : [ 1, 2 ]
          },
          "symmetry" : {
            "scheme" : "joint"
          },
          "offsets" : {
            "examples-0" : 1099511627776,
            "examples-1" : 0
          },
          "configuration" : {
            "evergrad.batch" : "128",
            "größe" : "\\"\\\\\\n"
          }
        }
        """;

    assertThat(read(first)).isEqualTo(SUMMARY);
    assertThat(json()).isEqualTo(first);
  }

  @Test
  void unknownFieldsAreIgnored() throws StoreException {
    assertThat(read(json().replaceFirst("\\{", "{\"later\":[1,{}],"))).isEqualTo(SUMMARY);
  }

  @Test
  void newerFormatsAreRefused() {
    assertThatThrownBy(() -> read("{\"format_version\":2}"))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessage(
            "manifest.json: format_version 2: expected at most 1; read it with a newer Evergrad");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"format_version\" : 1|\"format_version\" : \"1\"|format_version: expected an integer",
        "\"format_version\" : 1|\"format_version\" : 0|format_version 0: expected at least 1",
        "\"model\" : \"tiny\"|\"model\" : \"../x\"|model \"../x\": expected",
        "\"model\" : \"tiny\"|\"name\" : \"tiny\"|model: expected a string, found nothing",
        "\"checkpoint\" : 7|\"checkpoint\" : 7.5|checkpoint: expected an integer",
        "\"checkpoint\" : 7|\"checkpoint\" : -7|checkpoint -7: expected at least 0",
        "\"sequence\" : 1|\"sequence\" : 4294967297|integer overflow",
        "\"steps\" : 4|\"steps\" : 9223372036854775808|steps: expected an integer of 64 bits",
        "\"steps\" : 4|\"steps\" : -4|expected none to be negative",
        "\"steps\" : 4|\"steps\" : 4, \"steps\" : 5|Duplicate field 'steps'",
        "[ 1, 2 ]|[ 1, true ]|shapes.layer1.weight: expected an integer",
        "[ 1, 2 ]|2|shapes.layer1.weight: expected an array",
        "\"scheme\" : \"joint\"|\"scheme\" : 1|symmetry.scheme: expected a string",
        "\"examples-1\" : 0|\"examples-1\" : null|offsets.examples-1: expected an integer",
        "2026-11-24T|2026-11-24X|could not be parsed",
      })
  void damagedFieldsAreNamed(final String found, final String replacement, final String message) {
    final String damaged = json().replace(found, replacement);

    assertThat(damaged).isNotEqualTo(json());
    assertThatThrownBy(() -> read(damaged))
        .isInstanceOf(CorruptVersionException.class)
        .hasMessageStartingWith("manifest.json: ")
        .hasMessageContaining(message);
  }

  @Test
  void whatIsNoObjectIsRefused() {
    assertThatThrownBy(() -> read("")).isInstanceOf(CorruptVersionException.class);
    assertThatThrownBy(() -> read("[]")).isInstanceOf(CorruptVersionException.class);
    assertThatThrownBy(() -> read("{")).isInstanceOf(CorruptVersionException.class);
    assertThatThrownBy(() -> read(json() + "x")).isInstanceOf(CorruptVersionException.class);
  }
}
