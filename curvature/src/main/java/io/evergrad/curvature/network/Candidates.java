/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The classes that an example may be of: all of a network's, or some, as in task-incremental
 * learning (van de Ven and Tolias 2019, "Three scenarios for continual learning"), where a task has
 * an output layer's rows of its own. Others get probability 0, and no gradient. Immutable and
 * thread-safe.
 */
public final class Candidates {
  /** Every class. */
  public static final Candidates ALL = new Candidates(new BitSet());

  private final BitSet classes;

  private Candidates(final BitSet classes) {
    this.classes = classes;
  }

  /**
   * Some classes.
   *
   * @param classes in any order; none: all
   * @throws IllegalArgumentException if one is negative or comes twice, naming it
   */
  public static Candidates of(final int... classes) {
    final BitSet set = new BitSet();
    for (final int c : classes) {
      if (c < 0 || set.get(c)) {
        throw new IllegalArgumentException(
            "candidate " + c + (c < 0 ? ": expected at least 0" : " comes twice: expected once"));
      }
      set.set(c);
    }
    return of(set);
  }

  /** What {@link #words} gave. */
  public static Candidates ofWords(final long[] words) {
    return of(BitSet.valueOf(words));
  }

  private static Candidates of(final BitSet classes) {
    return classes.isEmpty() ? ALL : new Candidates(classes);
  }

  /** Whether every class is one. */
  public boolean isAll() {
    return classes.isEmpty();
  }

  /** Whether a class, at least 0, is one. */
  public boolean contains(final int c) {
    return isAll() || classes.get(c);
  }

  /** The classes, ascending; none if all are. */
  public int[] classes() {
    return classes.stream().toArray();
  }

  /**
   * A bit for each class, the lowest first; none is set if all are candidates.
   *
   * @param count of words, enough for the highest class
   */
  public long[] words(final int count) {
    return Arrays.copyOf(classes.toLongArray(), count);
  }

  /**
   * A pass whose predictions are among candidates: logits of other classes are −∞, so that softmax
   * gives them 0.
   *
   * @param pass of one prediction an example
   * @param candidates one an example; empty: all classes for each
   * @throws IllegalArgumentException if there are fewer or more than predictions
   */
  public static Pass restrict(final Pass pass, final List<Candidates> candidates) {
    return candidates.stream().allMatch(Candidates::isAll)
        ? pass
        : new Restricted(pass, pass.logits().add(mask(pass.logits(), candidates)));
  }

  /** Zero for candidates, −∞ for others. */
  private static NDArray mask(final NDArray logits, final List<Candidates> candidates) {
    final int predictions = Math.toIntExact(logits.getShape().get(0));
    final int classes = Math.toIntExact(logits.getShape().get(1));
    if (candidates.size() != predictions) {
      throw new IllegalArgumentException(
          candidates.size() + " lists of candidates of " + predictions + " predictions");
    }
    final float[] mask = new float[Math.multiplyExact(predictions, classes)];
    for (int i = 0; i < predictions; i++) {
      for (int c = 0; c < classes; c++) {
        mask[i * classes + c] = candidates.get(i).contains(c) ? 0 : Float.NEGATIVE_INFINITY;
      }
    }
    return logits
        .getManager()
        .create(mask, new Shape(predictions, classes))
        .toType(logits.getDataType(), false);
  }

  @Override
  public boolean equals(final Object other) {
    return other instanceof Candidates that && classes.equals(that.classes);
  }

  @Override
  public int hashCode() {
    return classes.hashCode();
  }

  @Override
  public String toString() {
    return isAll() ? "all classes" : "classes " + classes;
  }

  /** A loss's derivative by a logit of −∞ is 0 already: the mask needs no backward pass. */
  private record Restricted(Pass pass, NDArray logits) implements Pass {
    @Override
    public ExampleGradients backward(final NDArray logitDerivative) {
      return pass.backward(logitDerivative);
    }

    @Override
    public NDList meanGradient(final NDArray logitDerivative) {
      return pass.meanGradient(logitDerivative);
    }
  }
}
