/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.ConvolutionalSpec;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.Normalisation;
import io.evergrad.curvature.network.RecurrentSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Native memory must not grow with the stream, whatever the learning rule and the protection.
 * Measured in a JVM for each, whose heap is fixed, touched at the start and collected often, whose
 * compiler is the plain one and never late, and whose allocator has one arena and takes no more
 * than it needs: what then grows is what the steps leave behind.
 */
class FlatMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Map<Case, Process> CHILDREN = new EnumMap<>(Case.class);

  /** A way to learn, and for how long. */
  enum Case {
    /** 131 bytes a step: less than one small array with its tensor's header. */
    DEFAULTS(new Run(2_000, 10_000, 500, 1024), settings -> {}),
    JOINT(Run.SHORT, settings -> settings.ruleScheme(Scheme.JOINT).protectionScheme(Scheme.JOINT)),
    OUTPUT_AXIS(
        Run.SHORT,
        settings -> settings.ruleScheme(Scheme.OUTPUT_AXIS).protectionScheme(Scheme.OUTPUT_AXIS)),
    CUT_TWO_SIDED(
        Run.SHORT,
        settings ->
            settings.ruleScheme(Scheme.TWO_SIDED).protectionScheme(Scheme.TWO_SIDED).blockLimit(5)),
    ADAM_WITH_EWC(Run.SHORT, settings -> settings.rule(Rule.ADAM).protection(Protection.EWC)),
    MUON_WITH_SI(Run.SHORT, settings -> settings.rule(Rule.MUON).protection(Protection.SI)),
    SHAMPOO_WITH_OWM(Run.SHORT, settings -> settings.rule(Rule.SHAMPOO).protection(Protection.OWM)),
    SOAP_WITH_REPLAY(Run.SHORT, settings -> settings.rule(Rule.SOAP).protection(Protection.REPLAY)),
    KFAC_WITH_NCL(Run.SHORT, settings -> settings.rule(Rule.KFAC).protection(Protection.NCL)),
    CONVOLUTIONAL(
        new ConvolutionalSpec(1, 4, 2, List.of(3), 3, 1, 3, Activation.RELU),
        Run.RECORDED,
        settings -> settings.rule(Rule.SGD)),
    RECURRENT(
        new RecurrentSpec(4, 2, List.of(3), 3, Activation.TANH),
        Run.RECORDED,
        settings -> settings.rule(Rule.SGD)),
    TRANSFORMER(
        new TransformerSpec(3, 3, 4, 2, 3, 1, Normalisation.LAYER),
        Run.RECORDED,
        settings -> settings.rule(Rule.SGD));

    private final NetworkSpec network;
    private final Run run;
    private final Consumer<LearnerSettings.Builder> choice;

    Case(final Run run, final Consumer<LearnerSettings.Builder> choice) {
      this(new MlpSpec(8, List.of(8), 3, Activation.RELU), run, choice);
    }

    Case(final NetworkSpec network, final Run run, final Consumer<LearnerSettings.Builder> choice) {
      this.network = network;
      this.run = run;
      this.choice = choice;
    }

    LearnerSettings settings() {
      final LearnerSettings.Builder builder = LearnerSettings.builder(network);
      choice.accept(builder);
      return builder.build();
    }
  }

  /**
   * How long to learn.
   *
   * @param warmUp steps before the resident set is first read
   * @param steps in all, until it is read again
   * @param task steps of each task
   * @param boundKib what it may have grown by, for what the JVM itself still takes
   */
  private record Run(int warmUp, int steps, int task, long boundKib) {
    /** So many ends of tasks that an array left at each of them shows, too. */
    static final Run SHORT = new Run(600, 5_600, 2, 1024);

    /** Each step is recorded, and its graph, of tens of arrays, must go with it. */
    static final Run RECORDED = new Run(600, 2_600, 100, 2048);
  }

  @BeforeAll
  static void startAllAtOnce() throws IOException {
    if (!Files.exists(STATUS)) {
      return;
    }
    for (final Case learning : Case.values()) {
      CHILDREN.put(learning, start(learning));
    }
  }

  @AfterAll
  static void leaveNothingRunning() {
    CHILDREN.values().forEach(Process::destroyForcibly);
  }

  @ParameterizedTest
  @EnumSource
  void residentSetStaysFlat(final Case learning) throws IOException, InterruptedException {
    assumeThat(STATUS).exists();
    final Process child = CHILDREN.get(learning);
    final String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).as("exit code").isZero();
    final List<Long> resident = output.lines().map(Long::valueOf).toList();

    assertThat(resident).hasSize(2).allMatch(kib -> kib > 64 * 1024);
    assertThat(resident.get(1) - resident.get(0))
        .as("growth of the resident set over %s, %s KiB", learning.run, resident)
        .isLessThan(learning.run.boundKib());
  }

  @Test
  void theBlockLimitCuts() {
    assertThat(Case.CUT_TWO_SIDED.settings().cutBlocks()).hasSizeGreaterThan(2);
  }

  private static Process start(final Case learning) throws IOException {
    final ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-Xmn4m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xbatch",
                "-cp",
                System.getProperty("java.class.path"),
                Stream.class.getName(),
                learning.name())
            .redirectError(Redirect.INHERIT);
    builder
        .environment()
        .putAll(Map.of("OMP_NUM_THREADS", "1", "MALLOC_ARENA_MAX", "1", "MALLOC_TOP_PAD_", "0"));
    return builder.start();
  }

  /** Prints the resident set in KiB after the warm-up and at the end. */
  static final class Stream {

    private Stream() {}

    public static void main(final String[] arguments) throws IOException {
      final Case learning = Case.valueOf(arguments[0]);
      final Run run = learning.run;
      final ToyTask stream = ToyTask.of(learning.network, 0);
      try (OnlineLearner learner = OnlineLearner.create(learning.settings())) {
        for (int step = 1; step <= run.steps(); step++) {
          learner.step(stream.next(4));
          if (step % run.task() == 0) {
            learner.endTask();
          }
          if (step == run.warmUp() || step == run.steps()) {
            System.out.println(residentKib());
          }
        }
      }
    }

    private static long residentKib() throws IOException {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
