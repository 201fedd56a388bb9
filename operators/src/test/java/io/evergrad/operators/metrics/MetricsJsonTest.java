/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MetricsJsonTest {
  private static final Progress PROGRESS = new Progress("m", "t1", 120, 15_360, 0.81, 0.53, 9000.0);
  private static final Evaluation EVALUATION =
      new Evaluation("m", "t2", 2, "t1", 1690, 2000, 2000, 0.5);
  private static final Evaluation TEXTS = new Evaluation("m", "t2", 2, "t1", 3, 20, 80, 1.25);

  @Test
  void writesTheDocumentedForm() {
    assertThat(text(PROGRESS))
        .isEqualTo(
            "{\"type\":\"progress\",\"model\":\"m\",\"task\":\"t1\",\"step\":120,"
                + "\"examples\":15360,\"accuracy\":0.81,\"loss\":0.53,"
                + "\"examples_per_second\":9000.0}");
    assertThat(text(EVALUATION))
        .isEqualTo(
            "{\"type\":\"evaluation\",\"model\":\"m\",\"after_task\":\"t2\",\"after_tasks\":2,"
                + "\"task\":\"t1\",\"correct\":1690,\"examples\":2000,\"loss\":0.5}");
    assertThat(text(TEXTS))
        .as("several predictions an example")
        .endsWith("\"correct\":3,\"examples\":20,\"predictions\":80,\"loss\":1.25}");
  }

  @Test
  void readsWhatItWrites() throws IOException {
    final Progress diverged = new Progress("m", "t1", 1, 2, 0.5, Double.NaN, 3);

    assertThat(MetricsJson.read(MetricsJson.write(PROGRESS))).isEqualTo(PROGRESS);
    assertThat(MetricsJson.read(MetricsJson.write(EVALUATION))).isEqualTo(EVALUATION);
    assertThat(MetricsJson.read(MetricsJson.write(TEXTS))).isEqualTo(TEXTS);
    assertThat(MetricsJson.read(MetricsJson.write(diverged))).isEqualTo(diverged);
    assertThat(text(diverged)).contains("\"loss\":null");
  }

  @Test
  void anEvaluationWithoutLossIsOneOfUnknownLoss() throws IOException {
    final String earlier = text(EVALUATION).replace(",\"loss\":0.5", "");

    assertThat(MetricsJson.read(earlier.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(new Evaluation("m", "t2", 2, "t1", 1690, 2000, 2000, Double.NaN));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"type\":\"other\"}|other",
        "{}|\"type\"",
        "[1]|\"type\"",
        "{\"type\":\"progress\",\"model\":\"m\",\"task\":7}|\"task\"",
        "{\"type\":\"evaluation\",\"model\":\"m\",\"after_task\":\"t\",\"after_tasks\":1,"
            + "\"task\":\"t\",\"correct\":3,\"examples\":2}|3 of 2",
        "{\"type\":\"evaluation\",\"model\":\"m\",\"after_task\":\"t\",\"after_tasks\":1,"
            + "\"task\":\"t\",\"correct\":1,\"examples\":2,\"predictions\":1}|1 predictions of 2",
      })
  void namesWhatIsWrong(final String json, final String named) {
    assertThatThrownBy(() -> MetricsJson.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(named);
  }

  private static String text(final Metric metric) {
    return new String(MetricsJson.write(metric), StandardCharsets.UTF_8);
  }
}
