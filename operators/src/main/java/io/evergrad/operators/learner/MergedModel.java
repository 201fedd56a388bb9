/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.Averages;
import io.evergrad.curvature.learning.HostTensor;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What learners take over from the merged model: a record of the parameters topic.
 *
 * @param model the model's name
 * @param run the attempt of the job that merged it, see {@link Runs}
 * @param round rises with every merge of a run
 * @param steps all learners' steps that are merged in it
 * @param examples all learners' examples that are merged in it
 * @param handIns by learner: how many of its shares are merged in it
 * @param ends by learner: how many of the tasks whose examples it learned are consolidated in it
 * @param parameters θ, by tensor name
 * @param averages the learning rule's moving averages
 * @param posterior Λ, μ and ΣN by name; empty where they are as in the round before
 */
public record MergedModel(
    String model,
    String run,
    long round,
    long steps,
    long examples,
    List<Long> handIns,
    List<Long> ends,
    SortedMap<String, HostTensor> parameters,
    Averages averages,
    SortedMap<String, HostTensor> posterior) {

  /** Copies the collections; the tensors are shared. */
  public MergedModel {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(averages, "averages");
    handIns = List.copyOf(handIns);
    ends = List.copyOf(ends);
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    posterior = Collections.unmodifiableSortedMap(new TreeMap<>(posterior));
  }
}
