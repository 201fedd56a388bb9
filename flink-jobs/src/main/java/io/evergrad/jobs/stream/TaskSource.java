/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import io.evergrad.jobs.config.NetworkType;
import io.evergrad.operators.wire.Example;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;

/** What the tasks of a stream are made of. Immutable and thread-safe. */
sealed interface TaskSource permits ImageTasks, TextTasks {

  /** Names of the tasks, in order. */
  List<String> tasks();

  /** Features of an example. */
  int features();

  /** Number of classes that a prediction tells apart. */
  int classes();

  /** The sizes of a network of that type that can learn it; none if no such network can. */
  Map<ConfigOption<Integer>, Integer> sizes(NetworkType type);

  /** How many different examples a task has to learn. */
  int examples(int task);

  /** How many examples a task holds out. */
  int heldOut(int task);

  /** A new message of one of a task's examples to learn, counted from 0. */
  Example.Builder example(int task, int index);

  /** A new message of one of a task's held-out examples, counted from 0. */
  Example.Builder heldOutExample(int task, int index);
}
