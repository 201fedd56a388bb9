/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.StepResult;
import io.evergrad.operators.decode.Decoded;
import io.evergrad.operators.decode.Example;
import io.evergrad.operators.metrics.Progress;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/** One of several learners, for tests of other packages: what it hands in waits to be fetched. */
public final class ReplicaInTest implements AutoCloseable {
  private static final LearnerOptions OPTIONS = new LearnerOptions("m", Streams.settings(), 0, 0);

  private final Queue<Contribution> handedIn = new ArrayDeque<>();
  private final ReplicaLearner learner;

  private ReplicaInTest(final Starter starter) {
    learner = starter.start(new Out());
  }

  private interface Starter {
    ReplicaLearner start(ReplicaLearner.Output output);
  }

  public static LearnerSettings settings() {
    return OPTIONS.settings();
  }

  /** Tasks of so many examples each, with their ends. */
  public static List<Decoded> records(final List<String> tasks, final List<Integer> examples) {
    final Streams streams = new Streams();
    for (int i = 0; i < tasks.size(); i++) {
      streams.examples(tasks.get(i), examples.get(i)).taskEnd(tasks.get(i));
    }
    return streams.records();
  }

  public static ReplicaInTest start(
      final long interval, final String run, final int index, final int learners) {
    return new ReplicaInTest(
        out ->
            ReplicaLearner.start(OPTIONS, interval, run, out, index, learners, Optional.empty()));
  }

  public static ReplicaInTest restore(
      final long interval, final String run, final byte[] checkpoint) throws IOException {
    final ReplicaState state = new ReplicaStateFormat().deserialize(1, checkpoint);
    return new ReplicaInTest(out -> new ReplicaLearner(OPTIONS, interval, run, out, state));
  }

  public void accept(final Decoded record) {
    learner.accept(record);
  }

  public boolean adopt(final MergedModel model) {
    return learner.adopt(model);
  }

  public Queue<Contribution> handedIn() {
    return handedIn;
  }

  public byte[] checkpoint() {
    return new ReplicaStateFormat().serialize(learner.state());
  }

  @Override
  public void close() {
    learner.close();
  }

  private final class Out implements ReplicaLearner.Output {
    @Override
    public void contribute(final Contribution contribution) {
      handedIn.add(contribution);
    }

    @Override
    public void step(final StepResult result) {}

    @Override
    public void progress(final Progress progress) {}

    @Override
    public void heldOut(final Example example) {}
  }
}
