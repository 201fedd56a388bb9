/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Network;
import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.curvature.network.TransformerSpec;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** How a network learns and what it protects. Immutable; built by {@link #builder(NetworkSpec)}. */
public final class LearnerSettings implements Serializable {
  private static final long serialVersionUID = 1L;

  /** κ used unless one is set, where the learning rule can remember the precision. */
  public static final double DEFAULT_MEMORY = 1;

  /** Most that gradients count as larger than those of the model's own labels. */
  private static final double LARGEST_SURPRISE = 100;

  /** Of the present moment's trace, a precision of less counts as none. */
  private static final double NEGLIGIBLE = 1e-12;

  /** Where half a step's gradient is replayed, S is a quarter of that of the other half alone. */
  private static final double REPLAYED = 4;

  /** The learning rule: what turns a gradient into a step. */
  public enum Rule {
    /** Preconditioned by symmetry-averaged curvature (Eq. 11). */
    SYMMETRY,
    /** Stochastic gradient descent with momentum. */
    SGD,
    /** Adam (Kingma and Ba 2015). */
    ADAM,
    /** Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019). */
    ADAMW,
    /**
     * Orthogonalised momentum (Jordan et al. 2024) for the hidden layers' weights; Adam, at a tenth
     * of the learning rate, for vectors, the last layer, and layers whose name has "embed" in it.
     */
    MUON,
    /** Both axes' second moments to the power −1/4 (Gupta et al. 2018). */
    SHAMPOO,
    /** Adam in the eigenbases of Shampoo's moments (Vyas et al. 2024); Adam for vectors. */
    SOAP,
    /** Kronecker-factored Fisher's inverse (Martens and Grosse 2015). */
    KFAC
  }

  /** The protection: what keeps old tasks. */
  public enum Protection {
    /** Symmetry-averaged Fisher in blocks, proximal. */
    SYMMETRY,
    /**
     * Diagonal Fisher (Kirkpatrick et al. 2017), proximal; online EWC (Schwarz et al. 2018) with a
     * retention below 1.
     */
    EWC,
    /** Nothing is protected. */
    NONE,
    /** Kronecker-factored Laplace (Ritter et al. 2018), proximal. */
    KFAC_LAPLACE,
    /** Examples of earlier tasks, learned again beside new ones (Chaudhry et al. 2019). */
    REPLAY,
    /** Synaptic intelligence (Zenke et al. 2017), proximal. */
    SI,
    /** Orthogonal weights modification (Zeng et al. 2019): projects steps. */
    OWM,
    /**
     * Natural continual learning (Kao et al. 2021): the inverse of a Kronecker-factored precision
     * on steps.
     */
    NCL
  }

  /** Which symmetry each tensor's curvature is averaged over. */
  public enum Scheme {
    /** One group for the whole network: blocks reach across tensors. */
    JOINT,
    /** Each layer under permutations of its output axis: a block over its inputs. */
    OUTPUT_AXIS,
    /** Each layer under permutations of its input axis: a block over its outputs. */
    INPUT_AXIS,
    /** Each layer under both, multiplied: a block over its inputs and one over its outputs. */
    TWO_SIDED,
    /** Each layer under whichever single axis costs less. */
    CHEAPEST
  }

  private final NetworkSpec network;
  private final Rule rule;
  private final Protection protection;
  private final Scheme ruleScheme;
  private final Scheme protectionScheme;
  private final int batchSize;
  private final double learningRate;
  private final double weightDecay;
  private final double momentum;
  private final double decay;
  private final double damping;
  private final int updateInterval;
  private final int momentInterval;
  private final int rootRank;
  private final double averaging;
  private final double initialBoost;
  private final double strength;
  private final double memory;
  private final double retention;
  private final int fisherInterval;
  private final int pullInterval;
  private final int replaySize;
  private final int blockLimit;
  private final long seed;

  private LearnerSettings(final Builder b) {
    network = Objects.requireNonNull(b.network, "network");
    rule = b.rule;
    protection = b.protection;
    ruleScheme = b.ruleScheme;
    protectionScheme = b.protectionScheme;
    batchSize = b.batchSize;
    learningRate = b.learningRate == null ? defaultLearningRate(b.rule) : b.learningRate;
    weightDecay = b.weightDecay == null ? defaultWeightDecay(b.rule) : b.weightDecay;
    momentum = b.momentum == null ? defaultMomentum(b.rule) : b.momentum;
    decay = b.decay == null ? defaultDecay(b.rule) : b.decay;
    damping = b.damping == null ? defaultDamping(b.rule, b.ruleScheme) : b.damping;
    updateInterval =
        b.updateInterval == null ? defaultUpdateInterval(b.rule, b.ruleScheme) : b.updateInterval;
    momentInterval = b.momentInterval;
    rootRank = b.rootRank == null ? defaultRootRank(b.network) : b.rootRank;
    initialBoost = b.initialBoost == null ? defaultInitialBoost(b.network) : b.initialBoost;
    averaging = b.averaging == null ? defaultAveraging(b.rule) : b.averaging;
    strength = b.strength == null ? defaultStrength(b.protection) : b.strength;
    memory = b.memory == null ? (b.canRemember() ? DEFAULT_MEMORY : 0) : b.memory;
    retention = b.retention;
    fisherInterval =
        b.fisherInterval == null ? defaultFisherInterval(b.protection) : b.fisherInterval;
    pullInterval =
        b.pullInterval == null
            ? defaultPullInterval(b.protection, b.protectionScheme)
            : b.pullInterval;
    replaySize = b.replaySize == null ? defaultReplaySize(b.protection) : b.replaySize;
    blockLimit = b.blockLimit;
    seed = b.seed;
  }

  /** The network to train. */
  public NetworkSpec network() {
    return network;
  }

  /** The learning rule. */
  public Rule rule() {
    return rule;
  }

  /** The protection of old tasks. */
  public Protection protection() {
    return protection;
  }

  /** The scheme of the learning rule's curvature; used by {@link Rule#SYMMETRY} only. */
  public Scheme ruleScheme() {
    return ruleScheme;
  }

  /** The scheme of the precision; used by {@link Protection#SYMMETRY} only. */
  public Scheme protectionScheme() {
    return protectionScheme;
  }

  /** Examples in one step. */
  public int batchSize() {
    return batchSize;
  }

  /** Step length η, above 0. */
  public double learningRate() {
    return learningRate;
  }

  /**
   * w of decoupled weight decay (Loshchilov and Hutter 2019, Algorithm 2): each step begins by θ ←
   * (1 − ηw)θ, whatever the rule; at least 0.
   */
  public double weightDecay() {
    return weightDecay;
  }

  /**
   * Decay of the moving average of gradients, of {@link Rule#SYMMETRY} of preconditioned ones, in
   * [0, 1).
   */
  public double momentum() {
    return momentum;
  }

  /** Decay of the second moment's moving average, in [0, 1). */
  public double decay() {
    return decay;
  }

  /** Damping relative to the largest eigenvalue, above 0. */
  public double damping() {
    return damping;
  }

  /** Steps from one inverse root to the next, at least 1. */
  public int updateInterval() {
    return updateInterval;
  }

  /**
   * Steps from one gradient that the second moment of {@link Rule#SYMMETRY} takes to the next, at
   * least 1; it counts as that many. In the first {@link #updateInterval()} steps of a task, but at
   * most 80, it takes each.
   */
  public int momentInterval() {
    return momentInterval;
  }

  /**
   * Eigenvectors of each factor that the second moment of {@link Scheme#TWO_SIDED} and its inverse
   * root keep, at least 1; on the others their mean eigenvalue stands for each. Where they would be
   * half the factor's side or more, all are kept.
   */
  public int rootRank() {
    return rootRank;
  }

  /**
   * b of {@link Rule#SYMMETRY}'s first steps, at least 0: step t is of length η(1 + b e^{−t/50}).
   */
  public double initialBoost() {
    return initialBoost;
  }

  /**
   * Decay of the parameters' moving average, in [0, 1): what predicts, is published, and goes on in
   * the next task, is the average. It begins anew with each task, with a decay of (t + 1)/(t + 7)
   * as long as that is smaller, and takes every step at first, later every sixteenth as sixteen. 0:
   * the parameters as they are.
   */
  public double averaging() {
    return averaging;
  }

  /**
   * Protection strength λ, at least 0: it multiplies the precision in the proximal step, or, of
   * {@link Protection#NCL}, in what is applied to steps. Of {@link Protection#OWM} it is 1/α.
   */
  public double strength() {
    return strength;
  }

  /**
   * κ of the preconditioner that remembers, at least 0; 0 forgets: how much earlier tasks weigh
   * beside the present one where its gradients are as large as theirs were. Unless set, {@value
   * #DEFAULT_MEMORY} where rule and protection are both {@code SYMMETRY} and the precision has
   * blocks that fit the rule's, and 0 elsewhere.
   */
  public double memory() {
    return memory;
  }

  /**
   * What the precision is multiplied by before it is added to the learning rule's second moment S:
   * κρ tr S / tr Λ, so that it weighs κρ times as much as S. ρ = n tr S / tr Λ, n predictions in a
   * step, tells by how much gradients surprise: it is 1 where they are those that the model's own
   * labels would have given on earlier tasks, and more the more the examples of a step agree on
   * something else. With replay, tr S counts as that of the present task's half of the gradient. It
   * counts up to {@value #LARGEST_SURPRISE}: a task learned so well that its precision has nearly
   * vanished makes the next one's steps √κ·10 times shorter, and not more.
   *
   * @param moment tr S
   * @param precision tr Λ/ΣN, on the same axis
   */
  double memoryWeight(final double moment, final double precision) {
    if (!(precision > NEGLIGIBLE * moment)) {
      return 0;
    }
    final double ratio = moment / precision;
    final double own = replaySize > 0 ? REPLAYED * ratio : ratio;
    final double surprise = (double) batchSize * network.predictions() * own;
    return memory * Math.min(surprise, LARGEST_SURPRISE) * ratio;
  }

  /** γ of Λ ← γΛ + N·F, in (0, 1]. */
  public double retention() {
    return retention;
  }

  /** Steps from one Fisher sample to the next, at least 1. */
  public int fisherInterval() {
    return fisherInterval;
  }

  /**
   * Most steps from one proximal step to the next, at least 1; it counts as that many. At the start
   * of a task there are fewer: {@link GrowingInterval}.
   */
  public int pullInterval() {
    return pullInterval;
  }

  /**
   * ηλ of one proximal step.
   *
   * @param steps that it counts as
   */
  double proximalWeight(final int steps) {
    return learningRate * strength * steps;
  }

  /**
   * Examples of the stream that are kept for replay, whatever the protection; 0: none. Once a task
   * has ended, each step is by half the new examples' mean gradient and half that of as many of
   * earlier tasks. What is kept is part of the state, of checkpoints and of published versions.
   */
  public int replaySize() {
    return replaySize;
  }

  /** Largest side of a block; larger ones are cut along the free axis: {@link #cutBlocks()}. */
  public int blockLimit() {
    return blockLimit;
  }

  /** Seed of the initial parameters, of the Fisher's sampled labels and of what is replayed. */
  public long seed() {
    return seed;
  }

  /**
   * The curvature blocks that exceed the block limit: between the ranges that each is cut into,
   * coupling is dropped.
   *
   * @return a line for each, for people; empty where every block is whole
   */
  public List<String> cutBlocks() {
    final Network whole = network.network();
    final List<String> lines = new ArrayList<>();
    switch (rule) {
      case SYMMETRY ->
          Schemes.cutBlocks(
                  whole, ruleScheme, blockLimit, kind -> !BlockPreconditioner.diagonal(kind))
              .forEach(l -> lines.add("rule: " + l));
      case KFAC ->
          Schemes.cutBlocks(whole, Scheme.TWO_SIDED, blockLimit, kind -> true)
              .forEach(l -> lines.add("rule: " + l));
      case SHAMPOO, SOAP ->
          Schemes.cutWeights(whole, blockLimit).forEach(l -> lines.add("rule: " + l));
      case SGD, ADAM, ADAMW, MUON -> {}
    }
    final Optional<Scheme> precision =
        switch (protection) {
          case SYMMETRY -> Optional.of(protectionScheme);
          case KFAC_LAPLACE, NCL -> Optional.of(Scheme.TWO_SIDED);
          case EWC, NONE, OWM, REPLAY, SI -> Optional.empty();
        };
    if (precision.isPresent()) {
      Schemes.cutBlocks(whole, precision.get(), blockLimit, kind -> true)
          .forEach(l -> lines.add("protection: " + l));
    }
    if (protection == Protection.OWM) {
      Schemes.cutInputs(whole, blockLimit).forEach(l -> lines.add("protection: " + l));
    }
    return lines;
  }

  /**
   * Why several learners cannot share a model with these settings; empty if they can.
   *
   * @return a sentence for people
   */
  public Optional<String> unshareable() {
    if (rule == Rule.SOAP) {
      return Optional.of(
          "rule SOAP: each learner's second moment is in eigenbases of its own, so that moments of"
              + " several cannot be averaged");
    }
    if (protection == Protection.SI) {
      return Optional.of(
          "protection SI: its path integral is along one learner's trajectory, and those of several"
              + " cannot be added");
    }
    return replaySize > 0
        ? Optional.of(
            "replay size "
                + replaySize
                + ": each learner would keep a sample of its own part of the stream, and samples are"
                + " not merged")
        : Optional.empty();
  }

  /** Settings for a network, at their defaults. */
  public static Builder builder(final NetworkSpec network) {
    return new Builder(network);
  }

  /** The learning rate used for a rule unless one is set; of the baselines a first guess. */
  public static double defaultLearningRate(final Rule rule) {
    return switch (rule) {
      case SYMMETRY, SOAP -> 3e-3;
      case SGD -> 0.05;
      case ADAM, ADAMW -> 2e-3;
      case MUON, SHAMPOO -> 0.02;
      case KFAC -> 3e-3;
    };
  }

  /** The decay of the moving average of gradients used for a rule unless one is set. */
  public static double defaultMomentum(final Rule rule) {
    return rule == Rule.SYMMETRY ? 0.7 : 0.95;
  }

  /** The decay of the second moment's moving average used for a rule unless one is set. */
  public static double defaultDecay(final Rule rule) {
    return rule == Rule.SYMMETRY ? 0.995 : 0.99;
  }

  /** The damping used for a rule and its scheme unless one is set. */
  public static double defaultDamping(final Rule rule, final Scheme scheme) {
    return rule == Rule.SYMMETRY && scheme == Scheme.TWO_SIDED ? 3e-4 : 1e-4;
  }

  /** The steps from one inverse root to the next of a rule and its scheme unless they are set. */
  public static int defaultUpdateInterval(final Rule rule, final Scheme scheme) {
    if (rule != Rule.SYMMETRY) {
      return 10;
    }
    return scheme == Scheme.TWO_SIDED ? 128 : 40;
  }

  /**
   * The boost of the first steps used for a network unless one is set: none but for a perceptron,
   * as a recurrent network was seen to be lost by it.
   */
  public static double defaultInitialBoost(final NetworkSpec network) {
    return network instanceof MlpSpec ? 2 : 0;
  }

  /**
   * The eigenvectors of each factor that are kept for a network unless their number is set: a
   * language model's moments fall off slowly, and it gains by every one of them.
   */
  public static int defaultRootRank(final NetworkSpec network) {
    return network instanceof TransformerSpec ? 128 : 16;
  }

  /** The decay of the parameters' moving average used for a rule unless one is set. */
  public static double defaultAveraging(final Rule rule) {
    return rule == Rule.SYMMETRY ? 0.995 : 0;
  }

  /** The steps from one Fisher sample to the next used for a protection unless they are set. */
  public static int defaultFisherInterval(final Protection protection) {
    return protection == Protection.SYMMETRY ? 8 : 4;
  }

  /**
   * The steps from one proximal step to the next used for a protection and its scheme unless they
   * are set: a two-sided one costs the most.
   */
  public static int defaultPullInterval(final Protection protection, final Scheme scheme) {
    return protection == Protection.SYMMETRY && scheme == Scheme.TWO_SIDED ? 8 : 1;
  }

  /** The weight decay used for a rule unless one is set. */
  public static double defaultWeightDecay(final Rule rule) {
    return rule == Rule.ADAMW ? 0.01 : 0;
  }

  /**
   * The strength used for a protection unless one is set: of the baselines a first guess, from
   * short runs on permuted images.
   */
  public static double defaultStrength(final Protection protection) {
    return switch (protection) {
      case SYMMETRY -> 40_000;
      case EWC -> 1_000;
      case NONE -> 0;
      case KFAC_LAPLACE, NCL -> 30_000;
      case REPLAY -> 0;
      case SI -> 10_000;
      case OWM -> 100;
    };
  }

  /** The replay size used for a protection unless one is set. */
  public static int defaultReplaySize(final Protection protection) {
    return protection == Protection.REPLAY ? 200 : 0;
  }

  /** Collects settings; not thread-safe. */
  public static final class Builder {
    private final NetworkSpec network;
    private Rule rule = Rule.SYMMETRY;
    private Protection protection = Protection.SYMMETRY;
    private Scheme ruleScheme = Scheme.TWO_SIDED;
    private Scheme protectionScheme = Scheme.TWO_SIDED;
    private int batchSize = 128;
    private Double learningRate;
    private Double weightDecay;
    private Double momentum;
    private Double decay;
    private Double damping;
    private Integer updateInterval;
    private int momentInterval = 16;
    private Integer rootRank;
    private Double averaging;
    private Double initialBoost;
    private Double strength;
    private Double memory;
    private double retention = 1;
    private Integer fisherInterval;
    private Integer pullInterval;
    private Integer replaySize;
    private int blockLimit = 1_024;
    private long seed = 1;

    private Builder(final NetworkSpec network) {
      this.network = network;
    }

    /** See {@link LearnerSettings#rule()}. */
    public Builder rule(final Rule value) {
      rule = Objects.requireNonNull(value, "rule");
      return this;
    }

    /** See {@link LearnerSettings#protection()}. */
    public Builder protection(final Protection value) {
      protection = Objects.requireNonNull(value, "protection");
      return this;
    }

    /** See {@link LearnerSettings#ruleScheme()}. */
    public Builder ruleScheme(final Scheme value) {
      ruleScheme = Objects.requireNonNull(value, "ruleScheme");
      return this;
    }

    /** See {@link LearnerSettings#protectionScheme()}. */
    public Builder protectionScheme(final Scheme value) {
      protectionScheme = Objects.requireNonNull(value, "protectionScheme");
      return this;
    }

    /** See {@link LearnerSettings#batchSize()}. */
    public Builder batchSize(final int value) {
      batchSize = atLeast("batch size", value, 1);
      return this;
    }

    /** See {@link LearnerSettings#learningRate()}. */
    public Builder learningRate(final double value) {
      if (!(value > 0) || Double.isInfinite(value)) {
        throw new IllegalArgumentException("learning rate " + value + ": expected above 0");
      }
      learningRate = value;
      return this;
    }

    /** See {@link LearnerSettings#weightDecay()}. */
    public Builder weightDecay(final double value) {
      weightDecay = nonNegative("weight decay", value);
      return this;
    }

    /** See {@link LearnerSettings#momentum()}. */
    public Builder momentum(final double value) {
      momentum = fraction("momentum", value);
      return this;
    }

    /** See {@link LearnerSettings#decay()}. */
    public Builder decay(final double value) {
      decay = fraction("decay", value);
      return this;
    }

    /** See {@link LearnerSettings#damping()}. */
    public Builder damping(final double value) {
      if (!(value > 0) || Double.isInfinite(value)) {
        throw new IllegalArgumentException("damping " + value + ": expected above 0");
      }
      damping = value;
      return this;
    }

    /** See {@link LearnerSettings#updateInterval()}. */
    public Builder updateInterval(final int value) {
      updateInterval = atLeast("update interval", value, 1);
      return this;
    }

    /** See {@link LearnerSettings#momentInterval()}. */
    public Builder momentInterval(final int value) {
      momentInterval = atLeast("moment interval", value, 1);
      return this;
    }

    /** See {@link LearnerSettings#rootRank()}. */
    public Builder rootRank(final int value) {
      rootRank = atLeast("root rank", value, 1);
      return this;
    }

    /** See {@link LearnerSettings#initialBoost()}. */
    public Builder initialBoost(final double value) {
      initialBoost = nonNegative("initial boost", value);
      return this;
    }

    /** See {@link LearnerSettings#averaging()}. */
    public Builder averaging(final double value) {
      averaging = fraction("averaging", value);
      return this;
    }

    /** See {@link LearnerSettings#pullInterval()}. */
    public Builder pullInterval(final int value) {
      pullInterval = atLeast("pull interval", value, 1);
      return this;
    }

    /** See {@link LearnerSettings#strength()}. */
    public Builder strength(final double value) {
      strength = nonNegative("strength", value);
      return this;
    }

    /** See {@link LearnerSettings#memory()}. */
    public Builder memory(final double value) {
      memory = nonNegative("memory", value);
      return this;
    }

    /** See {@link LearnerSettings#retention()}. */
    public Builder retention(final double value) {
      if (!(value > 0 && value <= 1)) {
        throw new IllegalArgumentException("retention " + value + ": expected in (0, 1]");
      }
      retention = value;
      return this;
    }

    /** See {@link LearnerSettings#fisherInterval()}. */
    public Builder fisherInterval(final int value) {
      fisherInterval = atLeast("Fisher interval", value, 1);
      return this;
    }

    /** See {@link LearnerSettings#replaySize()}. */
    public Builder replaySize(final int value) {
      replaySize = atLeast("replay size", value, 0);
      return this;
    }

    /** See {@link LearnerSettings#blockLimit()}. */
    public Builder blockLimit(final int value) {
      blockLimit = atLeast("block limit", value, 1);
      return this;
    }

    /** See {@link LearnerSettings#seed()}. */
    public Builder seed(final long value) {
      seed = value;
      return this;
    }

    /**
     * The settings.
     *
     * @throws IllegalArgumentException if a memory above 0 is asked for that the schemes cannot
     *     give, or a replay of no examples
     */
    public LearnerSettings build() {
      if (protection == Protection.REPLAY && replaySize != null && replaySize == 0) {
        throw new IllegalArgumentException(
            "replay size 0 with protection REPLAY keeps nothing: expected at least 1, or protection"
                + " NONE");
      }
      if (memory != null && memory > 0 && !canRemember()) {
        throw new IllegalArgumentException(
            "memory "
                + memory
                + ": the precision of protection "
                + protection
                + " with scheme "
                + protectionScheme
                + " has no blocks that fit rule "
                + rule
                + " with scheme "
                + ruleScheme
                + "; choose SYMMETRY for both with equal schemes, or protection scheme TWO_SIDED "
                + "and any rule scheme but JOINT, or leave memory out");
      }
      return new LearnerSettings(this);
    }

    private boolean canRemember() {
      return rule == Rule.SYMMETRY
          && protection == Protection.SYMMETRY
          && (ruleScheme == protectionScheme
              || (protectionScheme == Scheme.TWO_SIDED && ruleScheme != Scheme.JOINT));
    }

    private static int atLeast(final String name, final int value, final int least) {
      if (value < least) {
        throw new IllegalArgumentException(name + " " + value + ": expected at least " + least);
      }
      return value;
    }

    private static double fraction(final String name, final double value) {
      if (!(value >= 0 && value < 1)) {
        throw new IllegalArgumentException(name + " " + value + ": expected in [0, 1)");
      }
      return value;
    }

    private static double nonNegative(final String name, final double value) {
      if (!(value >= 0) || Double.isInfinite(value)) {
        throw new IllegalArgumentException(name + " " + value + ": expected at least 0");
      }
      return value;
    }
  }
}
