/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.Leaf;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A group that changes the loss.
 *
 * @param id the group's id
 * @param group as it was declared
 * @param carriers for every axis of the group's length what it carries: a group id, or {@value
 *     Leaf#FREE}
 * @param deviation the largest change of the loss, relative
 * @param remedies the smallest changes of the declaration that were found to help; may be empty
 */
public record Fault(
    String id, Group group, Map<Axis, String> carriers, double deviation, List<Remedy> remedies) {

  /** Copies the remedies. */
  public Fault {
    remedies = List.copyOf(remedies);
  }

  /** Says what is wrong, where, and what to declare instead. */
  public String describe() {
    final String axes =
        carriers.entrySet().stream()
            .filter(carrier -> carrier.getValue().equals(id))
            .map(carrier -> carrier.getKey().toString())
            .collect(Collectors.joining(", "));
    final String wrong =
        String.format(
            "group '%s' (%s %d) on %s changes the loss by %.1e of itself",
            id, group.type().label(), group.size(), axes, deviation);
    return wrong
        + (remedies.isEmpty()
            ? "; no weaker type and no change of a few axes was found to help: declare these axes"
                + " free, or look at the network between them"
            : "; declare "
                + remedies.stream().map(this::describe).collect(Collectors.joining(", or "))
                + ", with which it changes nothing");
  }

  private String describe(final Remedy remedy) {
    final List<String> changes = new ArrayList<>();
    if (remedy.type() != group.type()) {
      changes.add("'" + id + "' as " + remedy.type().label());
    }
    remedy.missing().forEach(axis -> changes.add(axis + " as '" + id + "', not " + carrier(axis)));
    remedy.surplus().forEach(axis -> changes.add(axis + " not as '" + id + "'"));
    return String.join(" and ", changes);
  }

  private String carrier(final Axis axis) {
    final String carried = carriers.get(axis);
    return carried.equals(Leaf.FREE) ? carried : "'" + carried + "'";
  }
}
