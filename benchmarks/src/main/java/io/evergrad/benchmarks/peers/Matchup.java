/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.peers;

import io.evergrad.benchmarks.experiment.Method;
import io.evergrad.curvature.learning.LearnerSettings;
import io.evergrad.curvature.learning.LearnerSettings.Protection;
import io.evergrad.curvature.learning.LearnerSettings.Rule;
import io.evergrad.jobs.config.EvergradOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** One method that both sides know, with its settings, which are the same on both. */
public enum Matchup {
  SGD(Part.ONE_TASK, "sgd", Rule.SGD, Protection.NONE, 0, 0),
  ADAMW(Part.ONE_TASK, "adamw", Rule.ADAMW, Protection.NONE, 0, 0),
  MUON(Part.ONE_TASK, "muon", Rule.MUON, Protection.NONE, 0, 0),
  NONE(Part.PERMUTED, "none", Rule.ADAM, Protection.NONE, 0, 0),
  EWC(Part.PERMUTED, "ewc", Rule.ADAM, Protection.EWC, 1e2, 1e2),
  SI(Part.PERMUTED, "si", Rule.ADAM, Protection.SI, 1e2, 1e1),
  KAFKA(Part.KAFKA, "adamw", Rule.ADAMW, Protection.NONE, 0, 0);

  private static final int STRENGTHS = 5;

  private final Part part;
  private final String method;
  private final Rule rule;
  private final Protection protection;
  private final double ourLowest;
  private final double peersLowest;

  /**
   * @param method what the peer's script calls it
   * @param ourLowest lowest of our strengths to try; 0: there is none to tune
   * @param peersLowest lowest of the peer's
   */
  Matchup(
      final Part part,
      final String method,
      final Rule rule,
      final Protection protection,
      final double ourLowest,
      final double peersLowest) {
    this.part = part;
    this.method = method;
    this.rule = rule;
    this.protection = protection;
    this.ourLowest = ourLowest;
    this.peersLowest = peersLowest;
  }

  /** The matchups of a part, in order. */
  static List<Matchup> of(final Part part) {
    return Arrays.stream(values()).filter(matchup -> matchup.part == part).toList();
  }

  Part part() {
    return part;
  }

  /** What the peer's script calls it. */
  String method() {
    return method;
  }

  /** Whether each side has a strength of its own, as the forms of the penalty differ. */
  boolean tuned() {
    return ourLowest > 0;
  }

  /** The strengths that a side tries: five decades. */
  List<Double> strengths(final Side side) {
    final double lowest = side == Side.OURS ? ourLowest : peersLowest;
    return IntStream.range(0, STRENGTHS).mapToObj(decade -> lowest * Math.pow(10, decade)).toList();
  }

  double rate() {
    return LearnerSettings.defaultLearningRate(rule);
  }

  double weightDecay() {
    return LearnerSettings.defaultWeightDecay(rule);
  }

  /** Decay of the gradient's moving average, of both sides. */
  double momentum() {
    return LearnerSettings.defaultMomentum(rule);
  }

  /** Our side's method. */
  Method ours(final double strength) {
    final Method ours =
        Method.of(rule, protection)
            .with(EvergradOptions.LEARNING_RATE, rate())
            .with(EvergradOptions.WEIGHT_DECAY, weightDecay());
    return tuned() ? ours.with(EvergradOptions.STRENGTH, strength) : ours;
  }

  /** For tables. */
  String label() {
    return protection == Protection.NONE
        ? rule.name().toLowerCase(Locale.ROOT)
        : (rule + "+" + protection).toLowerCase(Locale.ROOT);
  }
}
