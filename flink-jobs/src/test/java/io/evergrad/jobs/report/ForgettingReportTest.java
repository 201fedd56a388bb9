/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import io.evergrad.operators.metrics.Evaluation;
import io.evergrad.operators.metrics.Progress;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ForgettingReportTest {
  @TempDir private Path directory;

  @Test
  void jsonHoldsTheFiguresUnderTheirNames() throws Exception {
    final JsonNode json = new ObjectMapper().readTree(new ForgettingReport(run()).json());

    final List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    assertThat(names)
        .containsExactly(
            "average_accuracy",
            "forgetting",
            "backward_transfer",
            "learning_accuracy",
            "accuracy_matrix",
            "average_loss",
            "loss_forgetting",
            "learning_loss",
            "loss_matrix",
            "examples",
            "examples_per_second",
            "seed",
            "learner",
            "protection",
            "model_version");
    // By hand: rows [.8], [.6 .9], [.7 .85 .5].
    assertThat(json.get("average_accuracy").doubleValue()).isCloseTo(2.05 / 3, within(1e-12));
    assertThat(json.get("forgetting").doubleValue()).isCloseTo(0.075, within(1e-12));
    assertThat(json.get("backward_transfer").doubleValue()).isCloseTo(-0.075, within(1e-12));
    assertThat(json.get("learning_accuracy").doubleValue()).isCloseTo(2.2 / 3, within(1e-12));
    assertThat(json.get("accuracy_matrix").get(1).get(1).doubleValue()).isEqualTo(0.9);
    assertThat(json.get("accuracy_matrix").get(0).get(2).isNull()).isTrue();
    // By hand: rows [.5], [.8 .4], [.75 .3 .9].
    assertThat(json.get("average_loss").doubleValue()).isCloseTo(1.95 / 3, within(1e-12));
    assertThat(json.get("loss_forgetting").doubleValue()).isCloseTo(0.075, within(1e-12));
    assertThat(json.get("learning_loss").doubleValue()).isCloseTo(0.6, within(1e-12));
    assertThat(json.get("loss_matrix").get(1).get(0).doubleValue()).isEqualTo(0.8);
    assertThat(json.get("loss_matrix").get(0).get(2).isNull()).isTrue();
    assertThat(json.get("examples").longValue()).isEqualTo(3000);
    assertThat(json.get("examples_per_second").doubleValue()).isEqualTo(1234.5);
    assertThat(json.get("seed").longValue()).isEqualTo(7);
    assertThat(json.get("learner").textValue()).isEqualTo("symmetry");
    assertThat(json.get("protection").textValue()).isEqualTo("ewc");
    assertThat(json.get("model_version").longValue()).isEqualTo(42);
  }

  @Test
  void csvParsesBack() {
    final String[] lines = new ForgettingReport(run()).csv().split("\n");

    assertThat(lines).hasSize(4);
    assertThat(lines[0]).isEqualTo("after_task,t1,t2,\"t,\"\"3<\"");
    assertThat(lines[1]).isEqualTo("t1,0.8,,");
    assertThat(lines[2]).isEqualTo("t2,0.6,0.9,");
    assertThat(lines[3]).isEqualTo("\"t,\"\"3<\",0.7,0.85,0.5");
    assertThat(new ForgettingReport(run()).lossCsv()).contains("t2,0.8,0.4,\n");
  }

  @Test
  void textAlignsTheMatrix() {
    final String text = new ForgettingReport(run()).text();

    assertThat(text)
        .contains("after      t1      t2   t,\"3<\n")
        .contains("t2       60.0    90.0       –\n")
        .contains("t2      0.800   0.400       –\n")
        .contains("loss forgetting       0.0750\n")
        .contains("forgetting            0.0750\n")
        .contains("backward transfer    -0.0750\n");
  }

  @Test
  void writesWholeFilesAndNothingElse() throws Exception {
    final Path output = directory.resolve("a/b");
    new ForgettingReport(run()).write(output);
    new ForgettingReport(run()).write(output);

    try (var files = Files.list(output)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "report.html",
              "accuracy-matrix.png",
              "accuracy-matrix.csv",
              "loss-matrix.csv",
              "metrics.json");
    }
    final BufferedImage image = ImageIO.read(output.resolve("accuracy-matrix.png").toFile());
    assertThat(image.getWidth()).isGreaterThanOrEqualTo(500);
    assertThat(new ObjectMapper().readTree(output.resolve("metrics.json").toFile()).get("seed"))
        .isNotNull();
  }

  @Test
  void htmlNeedsNothingElseAndEscapesNames() throws Exception {
    new ForgettingReport(run()).write(directory);
    final String html = Files.readString(directory.resolve("report.html"));

    assertThat(html)
        .contains("t,&quot;3&lt;")
        .doesNotContain("3<\"")
        .doesNotContain("http")
        .contains("0.6833")
        .contains("&lt;b&gt;128")
        .contains(BuildVersion.current());
    final Matcher images = Pattern.compile("data:image/png;base64,([^\"]+)").matcher(html);
    int count = 0;
    while (images.find()) {
      assertThat(
              ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(images.group(1)))))
          .isNotNull();
      count++;
    }
    assertThat(count).isEqualTo(3);
  }

  @Test
  void htmlIsWellFormedAndShowsTheFiguresOfTheJson() throws Exception {
    new ForgettingReport(run()).write(directory);
    final Document page = parsed(Files.readString(directory.resolve("report.html")));
    final JsonNode json = new ObjectMapper().readTree(directory.resolve("metrics.json").toFile());

    assertThat(texts(page, "//*[@class='figure']/b"))
        .containsExactlyElementsOf(
            Stream.of(
                    "average_accuracy",
                    "forgetting",
                    "backward_transfer",
                    "learning_accuracy",
                    "average_loss",
                    "loss_forgetting",
                    "learning_loss")
                .map(name -> String.format(Locale.ROOT, "%.4f", json.get(name).doubleValue()))
                .toList());
    final List<String> cells = new ArrayList<>();
    json.get("accuracy_matrix")
        .forEach(
            row ->
                row.forEach(
                    cell ->
                        cells.add(
                            cell.isNull()
                                ? "–"
                                : String.format(Locale.ROOT, "%.1f", 100 * cell.doubleValue()))));
    assertThat(texts(page, "//table[not(@class)]//td")).containsExactlyElementsOf(cells);
    assertThat(texts(page, "//table[@class='losses']//td"))
        .containsExactly("0.500", "–", "–", "0.800", "0.400", "–", "0.750", "0.300", "0.900");
    for (final String name : List.of("learner", "protection", "seed", "model version")) {
      assertThat(texts(page, "//table[@class='settings']//tr[th='" + name + "']/td"))
          .containsExactly(json.get(name.replace(' ', '_')).asText());
    }
    assertThat(texts(page, "//p[1]").get(0))
        .contains(String.format(Locale.ROOT, "%,d examples", json.get("examples").longValue()))
        .contains(
            String.format(
                Locale.ROOT, "%,.0f a second", json.get("examples_per_second").doubleValue()));
    assertThat(texts(page, "//@src | //@href"))
        .hasSize(3)
        .allMatch(source -> source.startsWith("data:image/png;base64,"));
  }

  @Test
  void versionIsFilledIn() {
    assertThat(BuildVersion.current()).matches("\\d+\\.\\d+\\.\\d+.*");
  }

  @Test
  void refusesARunWithoutEvaluations() {
    assertThatThrownBy(
            () ->
                new RunSummary(
                    AccuracyMatrix.of(List.of()),
                    List.of(),
                    0,
                    0,
                    0,
                    "sgd",
                    "none",
                    OptionalLong.empty(),
                    Map.of()))
        .hasMessageContaining("no task was evaluated");
  }

  /**
   * Parses the page as XML, which is stricter, once the elements that HTML never closes are closed.
   */
  private static Document parsed(final String html) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(
            new InputSource(
                new StringReader(html.replaceAll("<((?:meta|img)\\b[^>]*)>", "<$1/>"))));
  }

  private static List<String> texts(final Document page, final String path) throws Exception {
    final NodeList nodes =
        (NodeList)
            XPathFactory.newInstance().newXPath().evaluate(path, page, XPathConstants.NODESET);
    return IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }

  private static RunSummary run() {
    final String third = "t,\"3<";
    final AccuracyMatrix matrix =
        AccuracyMatrix.of(
            List.of(
                new Evaluation("m", "t1", 1, "t1", 80, 100, 100, 0.5),
                new Evaluation("m", "t2", 2, "t1", 60, 100, 100, 0.8),
                new Evaluation("m", "t2", 2, "t2", 90, 100, 100, 0.4),
                new Evaluation("m", third, 3, "t1", 70, 100, 100, 0.75),
                new Evaluation("m", third, 3, "t2", 85, 100, 100, 0.3),
                new Evaluation("m", third, 3, third, 50, 100, 100, 0.9)));
    final List<Progress> progress = new ArrayList<>();
    for (int i = 1; i <= 60; i++) {
      progress.add(
          new Progress("m", "t1", i, i * 50L, 0.9 - 0.6 / i, i == 9 ? Double.NaN : 2.0 / i, 1000));
    }
    return new RunSummary(
        matrix,
        progress,
        3000,
        1234.5,
        7,
        "symmetry",
        "ewc",
        OptionalLong.of(42),
        Map.of("micro-batch", "<b>128"));
  }
}
