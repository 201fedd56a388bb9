/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.throughput;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.jobs.stream.TaskStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A comparison as text and as JSON. */
public final class ThroughputReport {
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  private final ThroughputResult result;
  private final TaskStream stream;
  private final String version;
  private final Machine machine;

  /** A report. */
  public ThroughputReport(
      final ThroughputResult result,
      final TaskStream stream,
      final String version,
      final Machine machine) {
    this.result = Objects.requireNonNull(result, "result");
    this.stream = Objects.requireNonNull(stream, "stream");
    this.version = Objects.requireNonNull(version, "version");
    this.machine = Objects.requireNonNull(machine, "machine");
  }

  /** For people. */
  public String text() {
    final LearnerSettings learner = result.settings();
    return String.join(
        "\n",
        "Examples learned per second, medians; parallelism 1",
        "",
        row("", "median", "ratio", List.of("each run")),
        loop("bare loop", LoopTiming::learning),
        loop("  its steps alone", LoopTiming::steps),
        row("job, topic filled beforehand", result.filled()),
        row("job, while the sender runs", result.sending()),
        "",
        "Ratios of each run to the bare loop before and after its repetition",
        "",
        row("job, topic filled beforehand", "", "", shown(result.ratios(result.filled()))),
        row("  to the steps alone", "", "", shown(result.ratiosToSteps(result.filled()))),
        row("job, while the sender runs", "", "", shown(result.ratios(result.sending()))),
        row("  to the steps alone", "", "", shown(result.ratiosToSteps(result.sending()))),
        "",
        "Required of the job with its topic filled beforehand: a ratio of at least "
            + ThroughputResult.REQUIRED
            + ": "
            + (result.passed() ? "pass" : "MISSED"),
        "",
        "In the bare loop: the learner's steps and its ends of tasks (consolidation), on micro-batches",
        "in memory; no evaluation.",
        "In the job: all from Kafka to updated parameters: broker, fetching, decoding, steps,",
        "consolidation, checkpoints, versions, metrics, and the transport and evaluation of held-out",
        "examples on the same cores; not the evaluation after the last task. Neither is timed in the",
        "first task, when the job has just started. All in one JVM.",
        "Timed in each run: %,d examples of %,d; held out: %,d."
            .formatted(
                result.loop().get(0).learning().examples(),
                stream.examples(),
                stream.heldOutExamples()),
        "",
        "learner  %s, protection %s, MLP %s, batch %d"
            .formatted(
                lower(learner.rule()),
                lower(learner.protection()),
                learner.network(),
                learner.batchSize()),
        "stream   %d tasks".formatted(stream.tasks().size()),
        "version  " + version,
        "machine  " + machine,
        "load     %.1f before the first run".formatted(result.load()));
  }

  /** For programs. */
  public String json() {
    final LearnerSettings learner = result.settings();
    final ObjectNode json = JSON.createObjectNode();
    add(json.putObject("bare_loop"), loops(LoopTiming::learning));
    add(json.putObject("bare_loop_steps_alone"), loops(LoopTiming::steps));
    addJob(json.putObject("job_topic_filled_beforehand"), result.filled());
    addJob(json.putObject("job_while_sender_runs"), result.sending());
    json.put("required_ratio", ThroughputResult.REQUIRED).put("passed", result.passed());
    json.put("learner", lower(learner.rule()))
        .put("protection", lower(learner.protection()))
        .put("network", learner.network().toString())
        .put("batch_size", learner.batchSize())
        .put("tasks", stream.tasks().size())
        .put("examples", stream.examples())
        .put("held_out", stream.heldOutExamples())
        .put("load", result.load())
        .put("version", version);
    json.set("machine", JSON.valueToTree(machine));
    return json.toPrettyString();
  }

  private void addJob(final ObjectNode node, final List<Timing> timings) {
    node.put("ratio", result.ratio(timings));
    add(node.putArray("ratios"), result.ratios(timings));
    add(node.putArray("ratios_to_steps_alone"), result.ratiosToSteps(timings));
    add(node, timings);
  }

  private static void add(final ArrayNode node, final double[] numbers) {
    Arrays.stream(numbers).forEach(node::add);
  }

  private static void add(final ObjectNode node, final List<Timing> timings) {
    node.put("examples_per_second", ThroughputResult.median(timings));
    final ArrayNode runs = node.putArray("runs");
    for (final Timing timing : timings) {
      runs.addObject()
          .put("examples", timing.examples())
          .put("seconds", timing.seconds())
          .put("examples_per_second", timing.examplesPerSecond());
    }
  }

  private List<Timing> loops(final Function<LoopTiming, Timing> of) {
    return result.loop().stream().map(of).toList();
  }

  private String loop(final String name, final Function<LoopTiming, Timing> of) {
    return row(name, shown(ThroughputResult.median(loops(of))), "", runs(loops(of)));
  }

  private String row(final String name, final List<Timing> timings) {
    return row(
        name,
        shown(ThroughputResult.median(timings)),
        shownRatio(result.ratio(timings)),
        runs(timings));
  }

  private static List<String> runs(final List<Timing> timings) {
    return timings.stream().map(timing -> shown(timing.examplesPerSecond())).toList();
  }

  private static List<String> shown(final double[] ratios) {
    return Arrays.stream(ratios).mapToObj(ThroughputReport::shownRatio).toList();
  }

  private static String row(
      final String name, final String median, final String ratio, final List<String> runs) {
    return "%-30s %8s %7s   %s"
        .formatted(name, median, ratio, runs.stream().collect(Collectors.joining("  ")));
  }

  private static String shown(final double examplesPerSecond) {
    return String.format(Locale.ROOT, "%,.0f", examplesPerSecond);
  }

  private static String shownRatio(final double ratio) {
    return String.format(Locale.ROOT, "%.3f", ratio);
  }

  private static String lower(final Enum<?> name) {
    return name.name().toLowerCase(Locale.ROOT);
  }
}
