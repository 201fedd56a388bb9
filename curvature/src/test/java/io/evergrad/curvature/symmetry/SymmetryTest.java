/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.symmetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A declaration as a value. */
class SymmetryTest {

  private static Symmetry twelveLeaves() {
    final SortedMap<String, Group> groups = new TreeMap<>();
    groups.put("h: odd", new Group(GroupType.SIGNED_PERMUTATION, 3));
    groups.put("r", new Group(GroupType.ORTHOGONAL, 2));
    final List<Leaf> leaves = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      leaves.add(new Leaf("w" + i, List.of(3, 3), List.of("h: odd", "h: odd")));
    }
    leaves.add(new Leaf("conv [1]", List.of(2, 5, 3), List.of("r", Leaf.FREE, "h: odd")));
    leaves.add(new Leaf("scalar", List.of(), List.of()));
    return new Symmetry(groups, leaves);
  }

  @Test
  void isReadBackFromItsText() {
    final Symmetry symmetry = twelveLeaves();

    final SortedMap<String, String> text = symmetry.declaration();

    assertThat(text)
        .containsEntry("group.h: odd", "signed-permutation 3")
        .containsEntry("leaf.10", "conv [1] [r:2, free:5, h: odd:3]")
        .containsEntry("leaf.11", "scalar []");
    assertThat(Symmetry.parse(text)).isEqualTo(symmetry).hasSameHashCodeAs(symmetry);
  }

  @Test
  void isReadBackAmongOtherEntries() {
    final SortedMap<String, String> text = twelveLeaves().declaration();
    text.put("scheme.rule", "JOINT");

    assertThat(Symmetry.parse(text)).isEqualTo(twelveLeaves());
  }

  @Test
  void differsFromADeclarationThatDiffersInOneAxis() {
    final Symmetry symmetry = twelveLeaves();
    final List<Leaf> leaves = new ArrayList<>(symmetry.leaves());
    leaves.set(3, new Leaf("w3", List.of(3, 3), List.of("h: odd", Leaf.FREE)));

    assertThat(new Symmetry(symmetry.groups(), leaves)).isNotEqualTo(symmetry);
  }

  @Test
  void printsALineForEachGroupAndLeaf() {
    assertThat(Symmetry.onOneAxis("w", List.of(4, 2), 0, GroupType.PERMUTATION))
        .hasToString("units: permutation 4\nw [units:4, free:2]\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"w", "w [free]", "w [free:x]", "w [free:2", "w [free:0]"})
  void namesALeafThatIsNotUnderstood(final String leaf) {
    assertThatThrownBy(() -> Symmetry.parse(Map.of("leaf.0", leaf)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leaf 'w");
  }

  @ParameterizedTest
  @CsvSource({"permutation", "permutation x", "shuffle 3", "permutation 0"})
  void namesAGroupThatIsNotUnderstood(final String group) {
    assertThatThrownBy(() -> Symmetry.parse(Map.of("group.h", group)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("group '" + group + "'");
  }

  @Test
  void namesALeafThatIsMissing() {
    assertThatThrownBy(() -> Symmetry.parse(Map.of("leaf.1", "w [free:2]")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no leaf.0");
  }
}
