/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSnapshot;
import io.evergrad.curvature.learning.OnlineLearner;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.operators.decode.Batch;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.decode.TaskEnd;
import io.evergrad.operators.learner.LearnerState.Window;
import io.evergrad.operators.metrics.Progress;
import io.evergrad.operators.wire.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Learns from a stream of decoded records, apart from all I/O: fills micro-batches, notices the
 * ends of tasks, counts. The same records from the same state give the same bits, but for {@link
 * Progress#examplesPerSecond()}. Not thread-safe; holds native memory until closed.
 *
 * <p>A task ends at an example to be learned that has another id, or at a {@link TaskEnd}. A
 * held-out example ends nothing: it is counted under its own task. Examples without an id belong to
 * the current task; between tasks they begin one named {@code task-N}, N counting from 1.
 */
final class StreamLearner implements AutoCloseable {

  /** Receives what the learner has to tell, in the order of the stream. */
  interface Output {
    /** The state, at the end of a task or at the interval asked for. */
    void update(ModelUpdate update);

    /** A step was taken. */
    void step(StepResult result);

    /** Progress, at the interval asked for and at the end of a task. */
    void progress(Progress progress);

    /** A held-out example, under the id of its task. */
    void heldOut(Example example);

    /** The current task is learned and about to be consolidated. */
    default void taskEnding() {}

    /** The end of a task that is not the current one. */
    default void otherTaskEnd(final TaskEnd end) {}
  }

  private final LearnerOptions options;
  private final Output output;
  private final OnlineLearner learner;
  private final Batch batch;
  private final SortedMap<String, Long> heldOut;
  private final Map<TopicPartition, Long> offsets = new HashMap<>();
  private String task;
  private long tasksEnded;
  private long steps;
  private long examples;
  private Window window;
  private boolean changed;
  private long windowStart = System.nanoTime();

  private StreamLearner(
      final LearnerOptions options,
      final Output output,
      final OnlineLearner learner,
      final LearnerState state) {
    this.options = options;
    this.output = output;
    this.learner = learner;
    batch =
        new Batch(
            options.settings().batchSize(),
            options.settings().network().inputs(),
            state.features(),
            state.labels(),
            state.candidates());
    heldOut = new TreeMap<>(state.heldOut());
    state.offsets().forEach((partition, offset) -> offsets.put(partition(partition), offset));
    task = state.task();
    tasksEnded = state.tasksEnded();
    steps = state.snapshot().steps();
    examples = state.snapshot().examples();
    window = state.window();
    changed = !batch.isEmpty() || !task.isEmpty();
  }

  /** A learner with fresh parameters. */
  static StreamLearner create(final LearnerOptions options, final Output output) {
    final OnlineLearner learner = OnlineLearner.create(options.settings());
    return new StreamLearner(options, output, learner, LearnerState.at(learner.snapshot()));
  }

  /**
   * A learner that goes on from a state.
   *
   * @throws IllegalArgumentException if the state is not one of these settings, saying why
   */
  static StreamLearner restore(
      final LearnerOptions options, final Output output, final LearnerState state) {
    final int rows = state.labels().length;
    final int batchSize = options.settings().batchSize();
    final int width = options.settings().network().inputs();
    if (rows >= batchSize || state.features().length != (long) rows * width) {
      throw new IllegalArgumentException(
          "the state's partial micro-batch has "
              + rows
              + " examples and "
              + state.features().length
              + " features: expected fewer than "
              + batchSize
              + " examples of "
              + width
              + "; go on with the settings that the state was written with");
    }
    return new StreamLearner(
        options, output, OnlineLearner.restore(options.settings(), state.snapshot()), state);
  }

  /** Takes the next record of the stream. */
  void accept(final Decoded decoded) {
    if (decoded instanceof Example example) {
      if (example.heldOut()) {
        hold(example);
      } else {
        learn(example);
      }
    } else if (decoded instanceof TaskEnd end) {
      seen(end.position());
      if (end.task().isEmpty() || end.task().equals(task)) {
        endTask();
      } else {
        output.otherTaskEnd(end);
      }
    }
  }

  /** Learns the partial micro-batch and hands out the state, as no more records will come. */
  void finish() {
    flush();
    tellProgress();
    if (changed) {
      output.update(update(false));
      changed = false;
    }
  }

  /** The whole state, to go on from. */
  LearnerState state() {
    return new LearnerState(
        learner.snapshot(),
        batch.features(),
        batch.labels(),
        batch.candidates(),
        task,
        tasksEnded,
        heldOut,
        offsets(),
        window);
  }

  /** What learns; its native memory is this learner's. */
  OnlineLearner learner() {
    return learner;
  }

  /** The task being learned; empty between tasks. */
  String task() {
    return task;
  }

  /** Held-out examples passed so far, by task. */
  SortedMap<String, Long> heldOut() {
    return heldOut;
  }

  @Override
  public void close() {
    learner.close();
  }

  private void hold(final Example example) {
    final String id = idOf(example);
    seen(example.position());
    heldOut.merge(id, 1L, Long::sum);
    output.heldOut(example.withTask(id));
  }

  private void learn(final Example example) {
    final String id = idOf(example);
    if (!id.equals(task)) {
      endTask();
      task = id;
    }
    seen(example.position());
    changed = true;
    if (batch.add(example.features(), example.label(), example.candidates())) {
      flush();
    }
  }

  private String idOf(final Example example) {
    if (!example.task().isEmpty()) {
      return example.task();
    }
    return task.isEmpty() ? "task-" + (tasksEnded + 1) : task;
  }

  private void endTask() {
    if (task.isEmpty()) {
      return;
    }
    flush();
    output.taskEnding();
    learner.endTask();
    tasksEnded++;
    tellProgress();
    output.update(update(true));
    task = "";
    changed = false;
  }

  private void flush() {
    if (batch.isEmpty()) {
      return;
    }
    final StepResult result = learner.step(batch.take());
    steps++;
    examples += result.examples();
    window = window.plus(result);
    output.step(result);
    if (due(options.progressInterval())) {
      tellProgress();
    }
    if (due(options.updateInterval())) {
      output.update(update(false));
    }
  }

  private boolean due(final long interval) {
    return interval > 0 && steps % interval == 0;
  }

  private void tellProgress() {
    if (window.examples() == 0 || options.progressInterval() == 0) {
      return;
    }
    final long now = System.nanoTime();
    output.progress(
        new Progress(
            options.model(),
            task,
            steps,
            examples,
            (double) window.correct()
                / (window.examples() * options.settings().network().predictions()),
            window.loss() / window.examples(),
            window.examples() * 1e9 / Math.max(1, now - windowStart)));
    window = Window.EMPTY;
    windowStart = now;
  }

  private ModelUpdate update(final boolean taskEnd) {
    final LearnerSnapshot snapshot = learner.snapshot();
    return new ModelUpdate(
        options.model(), task, taskEnd, tasksEnded, heldOut, offsets(), snapshot);
  }

  private void seen(final Position position) {
    offsets.put(new TopicPartition(position.topic(), position.partition()), position.offset() + 1);
  }

  /** The next offset to read, by Kafka partition. */
  SortedMap<String, Long> offsets() {
    final SortedMap<String, Long> named = new TreeMap<>();
    offsets.forEach((partition, offset) -> named.put(partition.toString(), offset));
    return named;
  }

  private static TopicPartition partition(final String name) {
    final int dash = name.lastIndexOf('-');
    return new TopicPartition(name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
  }
}
