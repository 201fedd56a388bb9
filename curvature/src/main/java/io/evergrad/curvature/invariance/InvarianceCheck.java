/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import ai.djl.ndarray.NDList;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Tries whether L(Aθ) = L(θ) for random elements A of a declared symmetry: of each group alone, and
 * of all together. What is tried, and why perturbed θ are needed, is in docs/mathematics.md,
 * "Checking a declaration". An acceptance is evidence, a refusal of a group is certain up to
 * rounding. Costs {@code elements} evaluations of the loss for each group; a wrong group costs up
 * to {@code trials} more, and the few that confirm a remedy. Immutable; each check runs on the
 * calling thread.
 *
 * @param seed of elements and perturbations
 * @param elements how many of each group, at least 1; the points θ are taken in turn
 * @param perturbations of θ, each above 0: as parts of every tensor's root mean square, ascending
 * @param trials how many changes of a wrong group to try, in search of what is wrong with it
 */
public record InvarianceCheck(long seed, int elements, List<Double> perturbations, int trials) {
  private static final int DEFAULT_ELEMENTS = 9;
  private static final int DEFAULT_TRIALS = 2_000;

  /**
   * @throws IllegalArgumentException if a number is out of range
   */
  public InvarianceCheck {
    perturbations = List.copyOf(perturbations);
    if (elements < 1 || trials < 0) {
      throw new IllegalArgumentException(
          elements + " elements, " + trials + " trials: expected at least 1, and at least 0");
    }
    if (perturbations.isEmpty() || perturbations.stream().anyMatch(p -> !(p > 0))) {
      throw new IllegalArgumentException(
          "perturbations " + perturbations + ": expected one or more, each above 0");
    }
  }

  /** Nine elements of each group, at θ and where it is perturbed by 0.1 and by 0.5 of its size. */
  public static InvarianceCheck seeded(final long seed) {
    return new InvarianceCheck(seed, DEFAULT_ELEMENTS, List.of(0.1, 0.5), DEFAULT_TRIALS);
  }

  /**
   * Tries a declaration.
   *
   * @param parameters θ, one floating-point array a leaf, of its shape; not changed. Double
   *     precision shows smaller faults
   * @param loss L on a batch that does not change, computed from the parameters it is given (new
   *     arrays, which are closed when it returns) and without randomness
   * @throws IllegalArgumentException naming the leaf, if the parameters are not of its shape
   */
  public Verdict check(
      final Symmetry symmetry, final NDList parameters, final ToDoubleFunction<NDList> loss) {
    requireShapes(symmetry.leaves(), parameters);
    final SplittableRandom random = new SplittableRandom(seed);
    try (LossSurface surface = new LossSurface(parameters, loss, perturbations, random.split())) {
      return check(symmetry, surface, random);
    } catch (final UndecidableLoss e) {
      return new Verdict.Refused("the symmetry cannot be checked: " + e.getMessage(), List.of());
    }
  }

  private Verdict check(
      final Symmetry symmetry, final LossSurface surface, final SplittableRandom random) {
    final Orbit orbit = new Orbit(surface, symmetry.leaves(), elements, random.nextLong());
    final SortedMap<String, Double> deviations = new TreeMap<>();
    final List<Fault> faults = new ArrayList<>();
    for (final String id : symmetry.groups().keySet()) {
      final double deviation = orbit.deviation(Action.of(symmetry, id));
      deviations.put(id, deviation);
      if (deviation > surface.tolerance()) {
        faults.add(new Diagnosis(orbit, symmetry, id, trials).fault(deviation));
      }
    }
    if (!faults.isEmpty()) {
      return new Verdict.Refused(
          "the declared symmetry is wrong: "
              + faults.stream().map(Fault::describe).collect(Collectors.joining(". Also, ")),
          faults);
    }
    double together = 0;
    for (int i = 0; i < elements; i++) {
      final SymmetryElement element = SymmetryElement.random(symmetry, random);
      together = Math.max(together, surface.deviation(i % surface.points(), element::apply));
    }
    if (together > surface.tolerance()) {
      return new Verdict.Refused(
          String.format(
              "the declared symmetry is wrong: groups %s, each harmless alone, together change the"
                  + " loss by %.1e of itself; check with more elements to find the one at fault",
              symmetry.groups().keySet(), together),
          List.of());
    }
    return new Verdict.Accepted(deviations, together, surface.tolerance());
  }

  private static void requireShapes(final List<Leaf> leaves, final NDList parameters) {
    if (leaves.size() != parameters.size() || leaves.isEmpty()) {
      throw new IllegalArgumentException(
          parameters.size() + " parameters for " + leaves.size() + " leaves: expected one a leaf");
    }
    for (int i = 0; i < leaves.size(); i++) {
      final List<Integer> found =
          LongStream.of(parameters.get(i).getShape().getShape())
              .mapToObj(Math::toIntExact)
              .toList();
      if (!found.equals(leaves.get(i).shape())) {
        throw new IllegalArgumentException(
            "parameter "
                + i
                + " has shape "
                + found
                + ", expected "
                + leaves.get(i).shape()
                + " of leaf '"
                + leaves.get(i).name()
                + "'");
      }
    }
  }
}
