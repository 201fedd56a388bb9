/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import com.google.protobuf.UnsafeByteOperations;
import io.evergrad.jobs.config.EvergradOptions;
import io.evergrad.jobs.config.NetworkType;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.LabelledImages;
import io.evergrad.operators.wire.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.flink.configuration.ConfigOption;

/** Tasks {@code t1}, {@code t2}, … made of one set of images. */
final class ImageTasks implements TaskSource {
  private final Scenario scenario;
  private final IdxDataset data;
  private final int classesPerTask;
  private final List<Task> tasks = new ArrayList<>();

  /** The k-th task: what happens to its images, and which they are. */
  private record Task(PixelMap map, int[] train, int[] heldOut) {}

  /**
   * @param tasks number of tasks, at least 1
   * @param seed of what the scenario draws
   * @throws IllegalArgumentException if a number is out of range or does not fit the data
   */
  ImageTasks(final IdxDataset data, final Scenario scenario, final int tasks, final long seed) {
    this.data = Objects.requireNonNull(data, "data");
    this.scenario = Objects.requireNonNull(scenario, "scenario");
    if (tasks < 1) {
      throw new IllegalArgumentException(tasks + " tasks: expected at least 1");
    }
    if (scenario.splits() && data.classes() % tasks != 0) {
      throw new IllegalArgumentException(
          "%d classes do not divide evenly among %d tasks: choose a divisor of %d"
              .formatted(data.classes(), tasks, data.classes()));
    }
    classesPerTask = scenario.splits() ? data.classes() / tasks : data.classes();
    final SplittableRandom random = new SplittableRandom(seed);
    for (int k = 0; k < tasks; k++) {
      final PixelMap map = map(k, tasks, random.split());
      random.nextLong(); // the order, which the stream draws
      final int[] train = members(data.train(), k);
      if (train.length == 0) {
        throw new IllegalArgumentException(
            "the data set has no example to learn of task " + (k + 1));
      }
      this.tasks.add(new Task(map, train, members(data.heldOut(), k)));
    }
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

  @Override
  public List<String> tasks() {
    return IntStream.rangeClosed(1, tasks.size()).mapToObj(k -> "t" + k).toList();
  }

  @Override
  public int features() {
    return data.train().pixels();
  }

  @Override
  public int classes() {
    return scenario == Scenario.SPLIT ? classesPerTask : data.classes();
  }

  @Override
  public Map<ConfigOption<Integer>, Integer> sizes(final NetworkType type) {
    final int rows = data.train().rows();
    final int columns = data.train().columns();
    return switch (type) {
      case MLP -> Map.of(EvergradOptions.INPUTS, features(), EvergradOptions.CLASSES, classes());
      case CONVOLUTIONAL ->
          Map.of(
              EvergradOptions.CHANNELS,
              1,
              EvergradOptions.HEIGHT,
              rows,
              EvergradOptions.WIDTH,
              columns,
              EvergradOptions.CLASSES,
              classes());
      case RECURRENT ->
          Map.of(
              EvergradOptions.STEPS, rows,
              EvergradOptions.WIDTH, columns,
              EvergradOptions.CLASSES, classes());
      case TRANSFORMER -> Map.of();
    };
  }

  @Override
  public int examples(final int task) {
    return tasks.get(task).train.length;
  }

  @Override
  public int heldOut(final int task) {
    return tasks.get(task).heldOut.length;
  }

  @Override
  public Example.Builder example(final int task, final int index) {
    return example(task, data.train(), tasks.get(task).train[index]);
  }

  @Override
  public Example.Builder heldOutExample(final int task, final int index) {
    return example(task, data.heldOut(), tasks.get(task).heldOut[index]);
  }

  private Example.Builder example(final int task, final LabelledImages images, final int image) {
    final int label = images.label(image);
    final int first = task * classesPerTask;
    final Example.Builder example =
        Example.newBuilder()
            .addShape(images.rows())
            .addShape(images.columns())
            // Safe: nobody else holds the array.
            .setUint8(
                UnsafeByteOperations.unsafeWrap(tasks.get(task).map.apply(images.image(image))))
            .setLabel(scenario == Scenario.SPLIT ? label - first : label);
    for (int c = 0; scenario == Scenario.SPLIT_TASK && c < classesPerTask; c++) {
      example.addCandidates(first + c);
    }
    return example;
  }
}
