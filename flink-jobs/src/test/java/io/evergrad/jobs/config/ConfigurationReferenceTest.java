/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;
import org.junit.jupiter.api.Test;

class ConfigurationReferenceTest {
  private static final Path PAGE = Path.of("..", "docs", "configuration.md");

  @Test
  void thePageIsWhatTheOptionsSay() throws IOException {
    if (Boolean.getBoolean("evergrad.write-docs")) {
      Files.writeString(PAGE, ConfigurationReference.markdown());
    }

    assertThat(Files.readString(PAGE))
        .as("run this test with -Devergrad.write-docs=true to write the page anew")
        .isEqualTo(ConfigurationReference.markdown());
  }

  @Test
  void everyOptionIsListedOnce() throws IllegalAccessException {
    final List<Field> fields =
        Arrays.stream(EvergradOptions.class.getFields())
            .filter(field -> Modifier.isStatic(field.getModifiers()))
            .filter(field -> field.getType() == ConfigOption.class)
            .toList();

    assertThat(EvergradOptions.ALL).hasSameSizeAs(fields).doesNotHaveDuplicates();
    for (final Field field : fields) {
      assertThat(EvergradOptions.ALL).contains((ConfigOption<?>) field.get(null));
    }
  }
}
