/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import com.google.protobuf.UnsafeByteOperations;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.LabelledImages;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.StreamRecord;
import io.evergrad.operators.wire.TaskEnd;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A sequence of tasks made from one data set. For each task: first all its held-out examples, then
 * the examples to learn in shuffled order, then an explicit end. Tasks are named {@code t1}, {@code
 * t2}, … The same arguments give the same records, and a task is the same however many follow it
 * (turned images excepted: their angle depends on the number of tasks). Records are made as they
 * are asked for. Immutable and thread-safe; iterators are not.
 */
public final class TaskStream implements Iterable<KeyedRecord> {
  /** Every example to learn of a task, once. */
  public static final int ONE_PASS = 0;

  private final Scenario scenario;
  private final IdxDataset data;
  private final int classesPerTask;
  private final List<Task> tasks;

  /**
   * A stream.
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
    this.data = Objects.requireNonNull(data, "data");
    this.scenario = Objects.requireNonNull(scenario, "scenario");
    if (tasks < 1) {
      throw new IllegalArgumentException(tasks + " tasks: expected at least 1");
    }
    if (examplesPerTask < 0) {
      throw new IllegalArgumentException(
          examplesPerTask + " examples a task: expected at least 1, or 0 for one pass");
    }
    if (scenario.splits() && data.classes() % tasks != 0) {
      throw new IllegalArgumentException(
          "%d classes do not divide evenly among %d tasks: choose a divisor of %d"
              .formatted(data.classes(), tasks, data.classes()));
    }
    classesPerTask = scenario.splits() ? data.classes() / tasks : data.classes();
    this.tasks = tasks(tasks, examplesPerTask, seed);
  }

  /** Names of the tasks, in order. */
  public List<String> tasks() {
    return tasks.stream().map(Task::name).toList();
  }

  /** Features of an example. */
  public int features() {
    return data.train().pixels();
  }

  /** Rows of an example, as an image. */
  public int rows() {
    return data.train().rows();
  }

  /** Columns of an example, as an image. */
  public int columns() {
    return data.train().columns();
  }

  /** Number of classes that labels tell apart: of one task, for {@link Scenario#SPLIT}. */
  public int classes() {
    return scenario == Scenario.SPLIT ? classesPerTask : data.classes();
  }

  /** Examples to learn, over all tasks. */
  public long examples() {
    return tasks.stream().mapToLong(Task::examples).sum();
  }

  /** Held-out examples, over all tasks. */
  public long heldOutExamples() {
    return tasks.stream().mapToLong(task -> task.heldOut.length).sum();
  }

  /** Records in all: examples, held-out examples, and an end for each task. */
  public long records() {
    return examples() + heldOutExamples() + tasks.size();
  }

  @Override
  public Iterator<KeyedRecord> iterator() {
    return new Records();
  }

  private List<Task> tasks(final int count, final int examplesPerTask, final long seed) {
    final SplittableRandom random = new SplittableRandom(seed);
    final List<Task> made = new ArrayList<>(count);
    for (int k = 0; k < count; k++) {
      final SplittableRandom mapping = random.split();
      final long order = random.nextLong();
      final int[] train = members(data.train(), k);
      final int[] heldOut = members(data.heldOut(), k);
      if (train.length == 0) {
        throw new IllegalArgumentException(
            "the data set has no example to learn of task " + (k + 1));
      }
      made.add(
          new Task(
              "t" + (k + 1),
              k,
              map(k, count, mapping),
              train,
              heldOut,
              examplesPerTask == ONE_PASS ? train.length : examplesPerTask,
              order));
    }
    return List.copyOf(made);
  }

  private int[] members(final LabelledImages images, final int task) {
    final IntStream all = IntStream.range(0, images.size());
    return scenario.splits()
        ? all.filter(image -> images.label(image) / classesPerTask == task).toArray()
        : all.toArray();
  }

  private PixelMap map(final int task, final int count, final SplittableRandom random) {
    return switch (scenario) {
      case PERMUTED -> task == 0 ? PixelMap.identity() : PixelMap.permutation(features(), random);
      case ROTATED ->
          PixelMap.rotation(data.train().rows(), data.train().columns(), task * 180.0 / count);
      case SPLIT, SPLIT_TASK -> PixelMap.identity();
    };
  }

  private StreamRecord example(
      final Task task, final LabelledImages images, final int image, final boolean heldOut) {
    final int label = images.label(image);
    final int first = task.index * classesPerTask;
    final Example.Builder example =
        Example.newBuilder()
            .addShape(images.rows())
            .addShape(images.columns())
            // Safe: nobody else holds the array.
            .setUint8(UnsafeByteOperations.unsafeWrap(task.map.apply(images.image(image))))
            .setLabel(scenario == Scenario.SPLIT ? label - first : label)
            .setHeldOut(heldOut);
    for (int c = 0; scenario == Scenario.SPLIT_TASK && c < classesPerTask; c++) {
      example.addCandidates(first + c);
    }
    return StreamRecord.newBuilder().setTask(task.name).setExample(example).build();
  }

  private record Task(
      String name, int index, PixelMap map, int[] train, int[] heldOut, int examples, long order) {}

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
        pass = task.train.clone();
        position = 0;
      }
      final long at = position++;
      if (at < task.heldOut.length) {
        return new KeyedRecord(
            key("-held-out-", at), example(task, data.heldOut(), task.heldOut[(int) at], true));
      }
      final long learned = at - task.heldOut.length;
      if (learned < task.examples) {
        final int inPass = (int) (learned % pass.length);
        if (inPass == 0) {
          Permutation.shuffle(pass, random);
        }
        return new KeyedRecord(key("-", learned), example(task, data.train(), pass[inPass], false));
      }
      final String name = task.name;
      task = null;
      return new KeyedRecord(
          name + "-end",
          StreamRecord.newBuilder().setTask(name).setTaskEnd(TaskEnd.getDefaultInstance()).build());
    }

    private String key(final String kind, final long number) {
      final String digits = Long.toString(number);
      return task.name + kind + "0".repeat(Math.max(0, 6 - digits.length())) + digits;
    }
  }
}
