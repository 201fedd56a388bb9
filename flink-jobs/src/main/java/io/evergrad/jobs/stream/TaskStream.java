/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.Text;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.operators.wire.TaskEnd;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.flink.configuration.ConfigOption;

/**
 * A sequence of tasks made from one set of images, or each from a text. For each task: first all
 * its held-out examples, then the examples to learn in shuffled order, then an explicit end. The
 * same arguments give the same records, and a task is the same however many follow it (turned
 * images excepted: their angle depends on the number of tasks). Records are made as they are asked
 * for. Immutable and thread-safe; iterators are not.
 */
public final class TaskStream implements Iterable<KeyedRecord> {
  /** Every example to learn of a task, once. */
  public static final int ONE_PASS = 0;

  private final TaskSource source;
  private final List<Task> tasks;
  private final int mostHeldOut;

  private record Task(int index, String name, int examples, long order) {}

  /**
   * A stream of images, of tasks {@code t1}, {@code t2}, ….
   *
   * @param data the images
   * @param scenario how the tasks differ
   * @param tasks number of tasks, at least 1
   * @param examplesPerTask examples to learn of each task, or {@link #ONE_PASS}; more than the task
   *     has: further passes, each shuffled anew; fewer: a random choice
   * @param seed of everything drawn
   * @throws IllegalArgumentException if a number is out of range, or the classes do not divide
   *     evenly among the tasks of {@link Scenario#SPLIT} or {@link Scenario#SPLIT_TASK}
   */
  public TaskStream(
      final IdxDataset data,
      final Scenario scenario,
      final int tasks,
      final int examplesPerTask,
      final long seed) {
    this(new ImageTasks(data, scenario, tasks, seed), examplesPerTask, seed);
  }

  /**
   * A stream of texts, a task for each: an example is a window of context + 1 bytes, without a
   * label. Windows do not overlap, and one of sixteen is held out.
   *
   * @param texts at least 1, each with a name of its own, which is its task's
   * @param context bytes that a prediction of the next may stand on, at least 1
   * @param examplesPerTask windows to learn of each task, or {@link #ONE_PASS}, as with images
   * @param seed of the order
   * @throws IllegalArgumentException if a number is out of range, a name comes twice, or a text is
   *     too short
   */
  public TaskStream(
      final List<Text> texts, final int context, final int examplesPerTask, final long seed) {
    this(new TextTasks(texts, context), examplesPerTask, seed);
  }

  private TaskStream(final TaskSource source, final int examplesPerTask, final long seed) {
    this.source = source;
    if (examplesPerTask < 0) {
      throw new IllegalArgumentException(
          examplesPerTask + " examples a task: expected at least 1, or 0 for one pass");
    }
    final SplittableRandom random = new SplittableRandom(seed);
    final List<Task> made = new ArrayList<>();
    for (final String name : source.tasks()) {
      final int task = made.size();
      random.split(); // for what the source draws
      made.add(
          new Task(
              task,
              name,
              examplesPerTask == ONE_PASS ? source.examples(task) : examplesPerTask,
              random.nextLong()));
    }
    tasks = List.copyOf(made);
    mostHeldOut = Integer.MAX_VALUE;
  }

  private TaskStream(final TaskSource source, final List<Task> tasks, final int mostHeldOut) {
    this.source = source;
    this.tasks = tasks;
    this.mostHeldOut = mostHeldOut;
  }

  /**
   * The same stream, but that each task is judged by fewer examples: the first of those that it
   * holds out. What is learned stays as it is.
   *
   * @param mostHeldOut of each task, at least 1
   * @throws IllegalArgumentException if the number is out of range
   */
  public TaskStream judgedBy(final int mostHeldOut) {
    if (mostHeldOut < 1) {
      throw new IllegalArgumentException(
          mostHeldOut + " held-out examples a task: expected at least 1");
    }
    return new TaskStream(source, tasks, mostHeldOut);
  }

  /**
   * What a stream learns of a text: the windows that are not held out, one after the other. A
   * stream of this text judges by some of them, so that settings can be chosen without the windows
   * that the whole text's stream holds out.
   *
   * @param context as the stream's
   * @throws IllegalArgumentException if the context is out of range, or the text too short
   */
  public static Text learnedOf(final Text text, final int context) {
    return new TextTasks(List.of(text), context).learned(0);
  }

  /** Names of the tasks, in order. */
  public List<String> tasks() {
    return tasks.stream().map(Task::name).toList();
  }

  /** Features of an example. */
  public int features() {
    return source.features();
  }

  /** Number of classes that a prediction tells apart: of one task, for {@link Scenario#SPLIT}. */
  public int classes() {
    return source.classes();
  }

  /**
   * The sizes that the stream gives a network.
   *
   * @throws IllegalArgumentException if no network of that type can learn it
   */
  public Map<ConfigOption<Integer>, Integer> sizes(final NetworkType type) {
    final Map<ConfigOption<Integer>, Integer> sizes = source.sizes(type);
    if (sizes.isEmpty()) {
      throw new IllegalArgumentException(
          "network "
              + type
              + (type == NetworkType.TRANSFORMER
                  ? ": it learns texts, and the stream is of images; choose another"
                  : ": it learns images, and the stream is of texts; choose "
                      + NetworkType.TRANSFORMER));
    }
    return sizes;
  }

  /** Examples to learn, over all tasks. */
  public long examples() {
    return tasks.stream().mapToLong(Task::examples).sum();
  }

  /** Held-out examples, over all tasks. */
  public long heldOutExamples() {
    return tasks.stream().mapToLong(this::heldOut).sum();
  }

  private int heldOut(final Task task) {
    return Math.min(mostHeldOut, source.heldOut(task.index));
  }

  /** Records in all: examples, held-out examples, and an end for each task. */
  public long records() {
    return examples() + heldOutExamples() + tasks.size();
  }

  @Override
  public Iterator<KeyedRecord> iterator() {
    return new Records();
  }

  private final class Records implements Iterator<KeyedRecord> {
    private final Iterator<Task> rest = tasks.iterator();
    private Task task;
    private SplittableRandom random;
    private int[] pass;
    private long position;

    @Override
    public boolean hasNext() {
      return task != null || rest.hasNext();
    }

    @Override
    public KeyedRecord next() {
      if (!hasNext()) {
        throw new NoSuchElementException("the stream has ended");
      }
      if (task == null) {
        task = rest.next();
        random = new SplittableRandom(task.order);
        pass = IntStream.range(0, source.examples(task.index)).toArray();
        position = 0;
      }
      final long at = position++;
      final int heldOut = heldOut(task);
      if (at < heldOut) {
        return record(
            "-held-out-", at, source.heldOutExample(task.index, (int) at).setHeldOut(true));
      }
      final long learned = at - heldOut;
      if (learned < task.examples) {
        final int inPass = (int) (learned % pass.length);
        if (inPass == 0) {
          Permutation.shuffle(pass, random);
        }
        return record("-", learned, source.example(task.index, pass[inPass]));
      }
      final String name = task.name;
      task = null;
      return new KeyedRecord(
          name + "-end",
          StreamRecord.newBuilder().setTask(name).setTaskEnd(TaskEnd.getDefaultInstance()).build());
    }

    private KeyedRecord record(
        final String kind, final long number, final Example.Builder example) {
      final String digits = Long.toString(number);
      return new KeyedRecord(
          task.name + kind + "0".repeat(Math.max(0, 6 - digits.length())) + digits,
          StreamRecord.newBuilder().setTask(task.name).setExample(example).build());
    }
  }
}
