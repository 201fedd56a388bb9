/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.fidelity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.ExampleGradients;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.network.Fisher;
import io.evergrad.curvature.network.Layer;
import io.evergrad.curvature.network.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * One network trained from one seed, measured at each stage.
 *
 * @param family which network
 * @param seed of all that is drawn
 */
record FidelityRun(Family family, long seed) {

  /**
   * Measures.
   *
   * @return a point for each stage
   */
  List<Point> measure(final NDManager manager, final LinearAlgebra algebra) {
    final Network network = family.spec().network();
    final Source source = family.source();
    final SplittableRandom random = new SplittableRandom(seed).split();
    final List<Point> points = new ArrayList<>();
    try (NDManager scope = manager.newSubManager()) {
      final Training training = new Training(scope, network, source, seed);
      final Source.Examples examples = source.draw(random, family.examples());
      for (final Stage stage : Stage.values()) {
        training.advance(stage.step(family.steps()));
        try (NDManager here = scope.newSubManager()) {
          final Model model = Model.of(here, network, training.parameters(), examples);
          points.add(new AtStage(here, algebra, model, source).point(stage, random.split()));
        }
      }
    }
    return points;
  }

  /** The measurements at one θ. */
  private final class AtStage {
    private final NDManager scope;
    private final LinearAlgebra algebra;
    private final Model model;
    private final Source source;
    private final Network network;

    AtStage(
        final NDManager scope,
        final LinearAlgebra algebra,
        final Model model,
        final Source source) {
      this.scope = scope;
      this.algebra = algebra;
      this.model = model;
      this.source = source;
      network = model.network();
    }

    Point point(final Stage stage, final SplittableRandom random) {
      final NDArray gaussNewton = ExactCurvature.gaussNewton(scope, model);
      final NDArray hessian = ExactCurvature.hessian(scope, model);
      final NDArray gradient = model.gradient().reshape(new Shape(-1, 1));
      final Truth truth =
          new Truth(gaussNewton, hessian, DampedStep.of(algebra, gaussNewton, gradient));
      final Evidence labels = evidence(ExactCurvature.overLabels(model));
      final NDArray fisher = ExactCurvature.secondMoment(scope, labels.gradients());
      final Map<Budget, Plan> plans = within(labels, () -> Budget.plans(labels));
      final List<Measurement> measurements = new ArrayList<>();
      addFishers(measurements, truth, labels, plans, random.split());
      addRoots(measurements, truth, random.split());
      return new Point(
          family,
          seed,
          stage,
          model.count(),
          model.loss(),
          Frobenius.error(fisher, gaussNewton),
          Closeness.of(gaussNewton, hessian),
          described(plans.get(Budget.EQUAL)),
          measurements);
    }

    private Evidence evidence(final ExampleGradients gradients) {
      return new Evidence(network, gradients, algebra);
    }

    private void addFishers(
        final List<Measurement> measurements,
        final Truth truth,
        final Evidence labels,
        final Map<Budget, Plan> plans,
        final SplittableRandom random) {
      final List<Choice> choices = new ArrayList<>(Choice.all());
      plans.forEach((budget, plan) -> choices.add(Choice.planned(budget.label(), plan)));
      final Evidence empirical = evidence(model.gradients());
      final Evidence draw = evidence(Fisher.sampled(model.pass(), random));
      for (final Choice choice : choices) {
        final double seconds = within(draw, () -> seconds(() -> choice.estimate().apply(draw)));
        for (final Estimator estimator : List.of(Estimator.FISHER, Estimator.EMPIRICAL)) {
          final Evidence evidence = estimator == Estimator.FISHER ? labels : empirical;
          measurements.add(
              within(
                  evidence,
                  () ->
                      truth.measure(
                          estimator,
                          choice.name(),
                          choice.side(),
                          choice.estimate().apply(evidence),
                          seconds)));
        }
      }
    }

    private void addRoots(
        final List<Measurement> measurements, final Truth truth, final SplittableRandom random) {
      for (final Map.Entry<String, Function<Network, List<Section>>> choice :
          RootCurvature.sections().entrySet()) {
        try (NDManager inner = scope.newSubManager()) {
          final RootCurvature root = RootCurvature.of(inner, model, source, random, algebra);
          final List<Section> sections = choice.getValue().apply(network);
          measurements.add(
              root(truth, Estimator.EQ_11, choice.getKey(), () -> root.eq11(sections)));
          measurements.add(
              root(truth, Estimator.EQ_10, choice.getKey(), () -> root.eq10(sections)));
        }
      }
    }

    private Measurement root(
        final Truth truth,
        final Estimator estimator,
        final String name,
        final Supplier<Curvature> curvature) {
      return truth.measure(estimator, name, Side.OURS, curvature.get(), seconds(curvature));
    }

    /** Runs with the gradients' arrays on a manager of their own, so that what it makes goes. */
    private <T> T within(final Evidence evidence, final Supplier<T> action) {
      try (NDManager inner = scope.newSubManager()) {
        attach(evidence, inner);
        try {
          return action.get();
        } finally {
          attach(evidence, scope);
        }
      }
    }

    private static void attach(final Evidence evidence, final NDManager manager) {
      for (final Factors factors : evidence.gradients().factors()) {
        factors.rows().attach(manager);
        if (factors.columns() != null) {
          factors.columns().attach(manager);
        }
      }
    }

    private static double seconds(final Supplier<Curvature> curvature) {
      final long start = System.nanoTime();
      curvature.get();
      return (System.nanoTime() - start) / 1e9;
    }

    private List<String> described(final Plan plan) {
      final List<String> lines = new ArrayList<>();
      for (int l = 0; l < plan.layers().size(); l++) {
        final Layer layer = network.layers().get(l);
        lines.add(layer.name() + ": " + plan.layers().get(l).name());
      }
      plan.coupled().stream().sorted().map(kind -> "coupled by " + kind).forEach(lines::add);
      return lines;
    }
  }
}
