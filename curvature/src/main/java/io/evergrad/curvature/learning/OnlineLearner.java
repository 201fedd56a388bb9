/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.evergrad.curvature.invariance.InvarianceCheck;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Torch;
import io.evergrad.curvature.network.Candidates;
import io.evergrad.curvature.network.CrossEntropy;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.Fisher;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.Pass;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A network that learns from a stream, one micro-batch at a time, and keeps what earlier tasks
 * need.
 *
 * <p>Deterministic: the same settings, snapshot and sequence of calls give the same bits. Not
 * thread-safe; instances on different threads are independent. Holds native memory until closed.
 */
public final class OnlineLearner implements AutoCloseable {
  private final LearnerSettings settings;
  private final Network network;
  private final NDManager manager;
  private final LinearAlgebra algebra;
  private final NDList parameters;
  private final LearningRule rule;
  private final Protector protector;
  private final Optional<Reservoir> reservoir;
  private final Optional<MovingParameters> average;
  private final FeatureBuffer current = new FeatureBuffer();
  private final FeatureBuffer replayed = new FeatureBuffer();
  private long steps;
  private long examples;
  private long tasks;
  private long taskExamples;

  private OnlineLearner(final LearnerSettings settings) {
    this.settings = settings;
    network = settings.network().network();
    manager = Torch.newManager();
    algebra = new LinearAlgebra();
    parameters = network.initialise(manager, settings.seed());
    protector = protector();
    reservoir =
        settings.replaySize() > 0
            ? Optional.of(
                new Reservoir(
                    settings.replaySize(),
                    settings.network().inputs(),
                    settings.network().classes(),
                    settings.seed()))
            : Optional.empty();
    average =
        settings.averaging() > 0
            ? Optional.of(
                new MovingParameters(settings.averaging(), network.leaves(), parameters, manager))
            : Optional.empty();
    rule =
        settings.rule() == LearnerSettings.Rule.SYMMETRY
            ? new SymmetryRule(settings, network, parameters, manager, algebra, protector)
            : LayerwiseRule.of(settings, network, manager, algebra, parameters);
  }

  private Protector protector() {
    return switch (settings.protection()) {
      case NONE, REPLAY -> Protector.NONE;
      case EWC -> new DiagonalProtector(settings, manager, parameters);
      case SI -> new PathProtector(settings, manager, parameters);
      case OWM -> new ProjectionProtector(settings, network, manager, algebra);
      case KFAC_LAPLACE, NCL -> new TwoSidedProtector(settings, network, manager, algebra);
      case SYMMETRY ->
          settings.protectionScheme() == LearnerSettings.Scheme.TWO_SIDED
              ? new TwoSidedProtector(settings, network, manager, algebra)
              : new BlockProtector(settings, network, manager, algebra);
    };
  }

  /** A learner with freshly initialised parameters. */
  public static OnlineLearner create(final LearnerSettings settings) {
    return new OnlineLearner(settings);
  }

  /** The snapshot that a learner with freshly initialised parameters begins with. */
  public static LearnerSnapshot initial(final LearnerSettings settings) {
    try (OnlineLearner learner = create(settings)) {
      return learner.snapshot();
    }
  }

  /**
   * A learner that goes on from a snapshot.
   *
   * @throws IllegalArgumentException if a tensor is missing or of another shape than the settings
   *     ask for, naming it
   */
  public static OnlineLearner restore(
      final LearnerSettings settings, final LearnerSnapshot snapshot) {
    final OnlineLearner learner = new OnlineLearner(settings);
    try (NDManager scope = learner.manager.newSubManager()) {
      learner.borrow(scope);
      for (int i = 0; i < learner.parameters.size(); i++) {
        TensorCopies.restore(
            learner.parameters.get(i),
            snapshot.parameters(),
            learner.network.leaves().get(i).name());
      }
      learner.rule.restore(snapshot.preconditioner());
      learner.average.ifPresent(mean -> mean.restore(snapshot.preconditioner()));
      learner.protector.restore(snapshot.precision());
      learner.reservoir.ifPresent(kept -> kept.restore(snapshot.precision()));
    } catch (final RuntimeException e) {
      learner.close();
      throw e;
    }
    learner.steps = snapshot.steps();
    learner.examples = snapshot.examples();
    learner.tasks = snapshot.tasks();
    learner.taskExamples = snapshot.taskExamples();
    return learner;
  }

  /**
   * Judges a micro-batch with the current parameters, then learns it.
   *
   * @throws IllegalArgumentException if its width is not the network's; at the first step, if the
   *     network's declared symmetry does not hold, naming tensor and axis
   * @throws ArithmeticException if the loss has diverged
   */
  public StepResult step(final MicroBatch batch) {
    try (NDManager scope = manager.newSubManager()) {
      final NDArray x = features(scope, current, batch, network);
      final int[] targets = targets(batch, network);
      borrow(scope);
      if (steps == 0 && !network.proven()) {
        requireInvariance(x, targets, batch.candidates());
      }
      final Pass pass = Candidates.restrict(network.forward(x, parameters), batch.candidates());
      final NDArray probabilities = pass.logits().softmax(1);
      final float[] p = probabilities.toFloatArray();
      final Judgement before = judge(p, targets, network.spec().classes());
      if (!Double.isFinite(before.loss())) {
        throw new ArithmeticException(
            "the loss is not finite at step " + steps + ": lower the learning rate");
      }
      final Lesson lesson =
          replaying(
              scope,
              new Lesson(meanGradient(pass, probabilities, targets), loss(before, batch)),
              batch.size());
      if (taskExamples == 0 || steps % settings.fisherInterval() == 0) {
        observe(pass, probabilities, p);
      }
      final long taskSteps = taskExamples / settings.batchSize();
      final int retries =
          protector.guard(
              parameters,
              lesson.gradient(),
              GrowingInterval.due(taskSteps, settings.pullInterval()),
              () -> decayAndStep(lesson, taskSteps));
      average.ifPresent(mean -> mean.follow(parameters, taskSteps));
      reservoir.ifPresent(kept -> kept.offer(batch, tasks));
      steps++;
      examples += batch.size();
      taskExamples += batch.size();
      return new StepResult(
          batch.size(), targets.length, (int) before.correct(), before.meanLoss(), retries);
    }
  }

  /**
   * Tries the declared symmetry in double precision.
   *
   * @throws IllegalArgumentException naming tensor and axis, if it does not hold
   */
  private void requireInvariance(
      final NDArray x, final int[] targets, final List<Candidates> candidates) {
    final NDArray features = x.toType(DataType.FLOAT64, true);
    final NDList wide = new NDList();
    parameters.forEach(parameter -> wide.add(parameter.toType(DataType.FLOAT64, true)));
    InvarianceCheck.seeded(settings.seed())
        .check(
            network.symmetry(),
            wide,
            theta -> {
              try (NDManager scope = features.getManager().newSubManager()) {
                scope.tempAttachAll(new NDList(features));
                return CrossEntropy.mean(
                    Candidates.restrict(network.forward(features, theta), candidates).logits(),
                    targets);
              }
            })
        .orThrow();
  }

  private static NDList meanGradient(
      final Pass pass, final NDArray probabilities, final int[] targets) {
    return pass.meanGradient(
        CrossEntropy.derivativeAt(probabilities, probabilities.getManager().create(targets)));
  }

  /** Shows a Fisher sample to whoever wants one. */
  private void observe(final Pass pass, final NDArray probabilities, final float[] p) {
    if (!protector.active() && !rule.samples()) {
      return;
    }
    final int[] drawn = Fisher.draw(p, network.spec().classes(), fisherRandom());
    final ExampleGradients sampled =
        pass.backward(
            CrossEntropy.derivativeAt(probabilities, probabilities.getManager().create(drawn)));
    if (protector.active()) {
      protector.observe(sampled);
    }
    rule.observe(sampled);
  }

  /** A mean gradient, and the loss that it is of, as {@link LearningRule#step} takes it. */
  private record Lesson(NDList gradient, double loss) {}

  /** The mean loss; of fewer examples than a micro-batch as much more as noise makes of it. */
  private double loss(final Judgement judged, final MicroBatch batch) {
    final double fewer = Math.max(1, (double) settings.batchSize() / batch.size());
    return judged.meanLoss() * Math.sqrt(fewer);
  }

  /** Half the gradient, and half that of as many examples of earlier tasks, where there are any. */
  private Lesson replaying(final NDManager scope, final Lesson lesson, final int size) {
    final Optional<MicroBatch> past = reservoir.flatMap(kept -> kept.draw(size, tasks, steps));
    if (past.isEmpty()) {
      return lesson;
    }
    final Pass pass =
        Candidates.restrict(
            network.forward(features(scope, replayed, past.get(), network), parameters),
            past.get().candidates());
    final int[] targets = targets(past.get(), network);
    final NDArray probabilities = pass.logits().softmax(1);
    final Judgement judged = judge(probabilities.toFloatArray(), targets, network.spec().classes());
    final NDList again = meanGradient(pass, probabilities, targets);
    final NDList both = new NDList();
    for (int i = 0; i < again.size(); i++) {
      both.add(lesson.gradient().get(i).add(again.get(i)).muli(0.5));
    }
    return new Lesson(both, (lesson.loss() + loss(judged, past.get())) / 2);
  }

  private int decayAndStep(final Lesson lesson, final long taskSteps) {
    if (settings.weightDecay() > 0 && !rule.decays()) {
      parameters.forEach(array -> array.muli(1 - settings.learningRate() * settings.weightDecay()));
    }
    return rule.step(lesson.gradient(), lesson.loss(), taskSteps);
  }

  /** Until the scope closes, what is computed from lasting arrays belongs to the scope. */
  private void borrow(final NDManager scope) {
    scope.tempAttachAll(parameters, rule.arrays(), protector.arrays());
    average.ifPresent(mean -> scope.tempAttachAll(mean.arrays()));
  }

  private static NDArray features(
      final NDManager scope,
      final FeatureBuffer buffer,
      final MicroBatch batch,
      final Network network) {
    if (batch.width() != network.spec().inputs()) {
      throw new IllegalArgumentException(
          "examples of "
              + batch.width()
              + " features, but the network takes "
              + network.spec().inputs());
    }
    return buffer.fill(scope, batch);
  }

  private static int[] targets(final MicroBatch batch, final Network network) {
    return network.spec().targets(batch.rows(), batch.labels(), batch.size());
  }

  private static Judgement judge(final float[] p, final int[] targets, final int classes) {
    int correct = 0;
    double loss = 0;
    for (int i = 0; i < targets.length; i++) {
      int best = 0;
      for (int c = 1; c < classes; c++) {
        if (p[i * classes + c] > p[i * classes + best]) {
          best = c;
        }
      }
      correct += best == targets[i] ? 1 : 0;
      loss -= Math.log(Math.max(p[i * classes + targets[i]], Float.MIN_NORMAL));
      if (Float.isNaN(p[i * classes])) {
        loss = Double.NaN;
      }
    }
    return new Judgement(targets.length, correct, loss);
  }

  /** The generator of drawn labels depends on seed and step only. */
  private SplittableRandom fisherRandom() {
    return new SplittableRandom(settings.seed() * 0x9E3779B97F4A7C15L + steps);
  }

  /**
   * Ends a task: θ ← θ̄, Λ ← γΛ + N·F, μ ← θ. Does nothing if no example was learned since the
   * last.
   */
  public void endTask() {
    if (taskExamples == 0) {
      return;
    }
    try (NDManager scope = manager.newSubManager()) {
      borrow(scope);
      average.ifPresent(mean -> mean.settle(parameters));
      protector.consolidate(parameters, taskExamples);
    }
    tasks++;
    taskExamples = 0;
  }

  /**
   * Ends a task that several learners learned: Λ ← γΛ + Σ N_i·F_i, μ ← θ, in their order. What this
   * learner observed itself is forgotten.
   */
  void endTask(final List<TaskEvidence> learned) {
    try (NDManager scope = manager.newSubManager()) {
      borrow(scope);
      protector.consolidate(parameters, learned, settings.retention());
    }
    tasks++;
    taskExamples = 0;
  }

  /** θ by tensor name, copied out of native memory. */
  public SortedMap<String, HostTensor> parameters() {
    final SortedMap<String, HostTensor> weights = new TreeMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      weights.put(network.leaves().get(i).name(), TensorCopies.toHost(parameters.get(i)));
    }
    return weights;
  }

  /** The learning rule's moving averages, copied out of native memory. */
  public Averages averages() {
    try (NDManager scope = manager.newSubManager()) {
      borrow(scope);
      return rule.averages();
    }
  }

  /** What the current task has left so far for the precision. */
  public TaskEvidence taskEvidence() {
    return protector.taskEvidence(taskExamples);
  }

  /** Forgets what the current task has left for the precision, as others keep it. */
  public void forgetTask() {
    protector.forgetTask();
    taskExamples = 0;
  }

  /** Λ, μ and ΣN by name, copied out of native memory. */
  public SortedMap<String, HostTensor> posterior() {
    return protector.posterior();
  }

  /**
   * Goes on from other parameters and averages.
   *
   * @throws IllegalArgumentException if a tensor is missing or of another shape, naming it
   */
  public void adopt(final SortedMap<String, HostTensor> weights, final Averages averages) {
    for (int i = 0; i < parameters.size(); i++) {
      TensorCopies.restore(parameters.get(i), weights, network.leaves().get(i).name());
    }
    try (NDManager scope = manager.newSubManager()) {
      borrow(scope);
      rule.adopt(averages);
      average.ifPresent(mean -> mean.restart(parameters));
    }
  }

  /**
   * Takes other Λ, μ and ΣN; what the current task has left so far stays.
   *
   * @throws IllegalArgumentException if a tensor is missing or of another shape, naming it
   */
  public void adoptPosterior(final SortedMap<String, HostTensor> posterior) {
    try (NDManager scope = manager.newSubManager()) {
      borrow(scope);
      protector.adopt(posterior);
    }
  }

  /** Counts what others learned. */
  void count(final long othersSteps, final long othersExamples) {
    steps += othersSteps;
    examples += othersExamples;
  }

  /** Computes anew what is only renewed every few steps. */
  void renew() {
    try (NDManager scope = manager.newSubManager()) {
      borrow(scope);
      rule.renew();
    }
  }

  /**
   * How well the model predicts a micro-batch: the parameters' moving average, where one is kept.
   * Learns nothing.
   *
   * @throws IllegalArgumentException if the batch's width is not the network's
   */
  public Judgement judge(final MicroBatch batch) {
    return judge(
        network, manager, average.map(MovingParameters::arrays).orElse(parameters), current, batch);
  }

  static Judgement judge(
      final Network network,
      final NDManager manager,
      final NDList parameters,
      final FeatureBuffer buffer,
      final MicroBatch batch) {
    try (NDManager scope = manager.newSubManager()) {
      scope.tempAttachAll(parameters);
      final NDArray logits =
          Candidates.restrict(
                  network.forward(features(scope, buffer, batch, network), parameters),
                  batch.candidates())
              .logits();
      return judge(
          logits.softmax(1).toFloatArray(), targets(batch, network), network.spec().classes());
    }
  }

  /** The whole state, copied out of native memory. */
  public LearnerSnapshot snapshot() {
    return new LearnerSnapshot(
        steps, examples, tasks, taskExamples, parameters(), preconditioner(), precision());
  }

  private SortedMap<String, HostTensor> preconditioner() {
    final SortedMap<String, HostTensor> preconditioner = rule.state();
    average.ifPresent(mean -> preconditioner.putAll(mean.state()));
    return preconditioner;
  }

  private SortedMap<String, HostTensor> precision() {
    final SortedMap<String, HostTensor> precision = protector.state();
    reservoir.ifPresent(kept -> precision.putAll(kept.state()));
    return precision;
  }

  @Override
  public void close() {
    algebra.close();
    manager.close();
  }
}
