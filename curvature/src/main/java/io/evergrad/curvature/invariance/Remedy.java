/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.invariance;

import io.evergrad.curvature.symmetry.GroupType;
import java.util.List;

/**
 * A change of a group's declaration after which the loss stays the same.
 *
 * @param type the type that the group should have
 * @param surplus axes that carry the group and should not
 * @param missing axes that should carry the group and do not
 */
public record Remedy(GroupType type, List<Axis> surplus, List<Axis> missing) {

  /** Copies the lists. */
  public Remedy {
    surplus = List.copyOf(surplus);
    missing = List.copyOf(missing);
  }
}
