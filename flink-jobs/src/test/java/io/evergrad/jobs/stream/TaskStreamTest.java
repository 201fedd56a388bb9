/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.evergrad.jobs.data.BundledFashionMnist;
import io.evergrad.jobs.data.IdxDataset;
import io.evergrad.jobs.data.IdxFiles;
import io.evergrad.operators.wire.Example;
import io.evergrad.operators.wire.StreamRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskStreamTest {
  private static final int SIDE = 5;

  @TempDir private Path directory;
  private IdxDataset data;

  @BeforeEach
  void readData() throws Exception {
    IdxFiles.write(
        directory,
        SIDE,
        SIDE,
        IntStream.range(0, 24).map(i -> i % 6).toArray(),
        IntStream.range(0, 12).map(i -> i % 6).toArray());
    data = IdxDataset.read(directory);
  }

  @Test
  void eachTaskIsHeldOutThenLearnedThenEnds() {
    final TaskStream stream = new TaskStream(data, Scenario.PERMUTED, 3, TaskStream.ONE_PASS, 1);
    final List<KeyedRecord> records = list(stream);

    assertThat(stream.tasks()).containsExactly("t1", "t2", "t3");
    assertThat(stream.features()).isEqualTo(25);
    assertThat(stream.classes()).isEqualTo(6);
    assertThat(stream.examples()).isEqualTo(72);
    assertThat(stream.heldOutExamples()).isEqualTo(36);
    assertThat(stream.records()).isEqualTo(111);
    assertThat(records).hasSize(111);
    for (int i = 0; i < records.size(); i++) {
      final StreamRecord record = records.get(i).value();
      final int within = i % 37;
      assertThat(record.getTask()).isEqualTo("t" + (i / 37 + 1));
      assertThat(record.hasTaskEnd()).isEqualTo(within == 36);
      assertThat(record.getExample().getHeldOut()).isEqualTo(within < 12);
    }
    assertThat(records.get(0).key()).isEqualTo("t1-held-out-000000");
    assertThat(records.get(37 + 12 + 3).key()).isEqualTo("t2-000003");
    assertThat(records.get(110).key()).isEqualTo("t3-end");
    assertThat(records.stream().map(KeyedRecord::key)).doesNotHaveDuplicates();
  }

  @Test
  void onePassTakesEveryExampleOnceWithItsLabel() {
    final List<Example> learned =
        learned(new TaskStream(data, Scenario.PERMUTED, 1, TaskStream.ONE_PASS, 1), "t1");

    assertThat(learned.stream().map(example -> indexOf(example.getUint8().toByteArray())))
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 24).boxed().toList())
        .isNotEqualTo(IntStream.range(0, 24).boxed().toList());
    for (final Example example : learned) {
      assertThat(example.getLabel()).isEqualTo(indexOf(example.getUint8().toByteArray()) % 6);
      assertThat(example.getShapeList()).containsExactly(5L, 5L);
    }
  }

  @Test
  void moreThanOnePassReshufflesAndFewerIsASubset() {
    final List<Integer> order =
        learned(new TaskStream(data, Scenario.PERMUTED, 1, 60, 1), "t1").stream()
            .map(example -> indexOf(example.getUint8().toByteArray()))
            .toList();
    final List<Integer> few =
        learned(new TaskStream(data, Scenario.PERMUTED, 1, 7, 1), "t1").stream()
            .map(example -> indexOf(example.getUint8().toByteArray()))
            .toList();

    assertThat(order).hasSize(60);
    assertThat(order.subList(0, 24)).doesNotHaveDuplicates();
    assertThat(order.subList(24, 48)).doesNotHaveDuplicates();
    assertThat(order.subList(0, 24)).isNotEqualTo(order.subList(24, 48));
    assertThat(order.subList(48, 60)).doesNotHaveDuplicates();
    assertThat(few).hasSize(7).doesNotHaveDuplicates().isEqualTo(order.subList(0, 7));
  }

  @Test
  void laterTasksPermuteThePixelsEachByABijectionOfItsOwn() {
    final IdxDataset fashion = BundledFashionMnist.load();
    final Map<String, int[]> permutations = new HashMap<>();
    final Map<String, List<byte[]>> heldOut = new HashMap<>();
    for (final KeyedRecord record : new TaskStream(fashion, Scenario.PERMUTED, 3, 1, 7)) {
      if (record.value().getExample().getHeldOut()) {
        heldOut
            .computeIfAbsent(record.value().getTask(), task -> new ArrayList<>())
            .add(record.value().getExample().getUint8().toByteArray());
      }
    }

    assertThat(heldOut.get("t1").get(5)).isEqualTo(fashion.heldOut().image(5));
    for (final String task : List.of("t2", "t3")) {
      // A pixel is known by its values over 2,000 images.
      final Map<String, Integer> from = new HashMap<>();
      final Map<String, Integer> to = new HashMap<>();
      for (int pixel = 0; pixel < 784; pixel++) {
        from.put(values(heldOut.get("t1"), pixel), pixel);
        to.put(values(heldOut.get(task), pixel), pixel);
      }
      assertThat(to.keySet()).isEqualTo(from.keySet());
      assertThat(from).hasSizeGreaterThan(700);
      permutations.put(task, to.keySet().stream().sorted().mapToInt(to::get).toArray());
    }
    assertThat(permutations.get("t2")).isNotEqualTo(permutations.get("t3"));
  }

  @Test
  void aQuarterTurnIsExact() {
    final TaskStream stream = new TaskStream(data, Scenario.ROTATED, 2, 1, 1);
    final List<Example> turned = heldOut(stream, "t2");

    assertThat(heldOut(stream, "t1").get(3).getUint8().toByteArray())
        .isEqualTo(data.heldOut().image(3));
    for (int image = 0; image < 12; image++) {
      final byte[] original = data.heldOut().image(image);
      final byte[] expected = new byte[SIDE * SIDE];
      for (int row = 0; row < SIDE; row++) {
        for (int column = 0; column < SIDE; column++) {
          // Counter-clockwise: the right-hand column becomes the top row.
          expected[row * SIDE + column] = original[column * SIDE + (SIDE - 1 - row)];
        }
      }
      assertThat(turned.get(image).getUint8().toByteArray()).isEqualTo(expected);
    }
  }

  @Test
  void turnsOfAnyAngleKeepTheCentreAndBringInZeros() {
    final byte[] white = new byte[9 * 9];
    Arrays.fill(white, (byte) 200);

    final byte[] turned = PixelMap.rotation(9, 9, 45).apply(white);

    assertThat(turned[4 * 9 + 4] & 0xff).isEqualTo(200);
    assertThat(turned[0]).isZero();
    assertThat(turned[4 * 9] & 0xff).isEqualTo(200);
  }

  @Test
  void aTurnMovesAPointWhereGeometrySays() {
    final byte[] point = new byte[101 * 101];
    point[50 * 101 + 90] = (byte) 255;

    final byte[] turned = PixelMap.rotation(101, 101, 30).apply(point);

    double mass = 0;
    double x = 0;
    double y = 0;
    for (int i = 0; i < turned.length; i++) {
      mass += turned[i] & 0xff;
      x += (turned[i] & 0xff) * (i % 101 - 50);
      y += (turned[i] & 0xff) * (50 - i / 101);
    }
    assertThat(x / mass).isCloseTo(40 * Math.sqrt(3) / 2, org.assertj.core.data.Offset.offset(0.5));
    assertThat(y / mass).isCloseTo(20, org.assertj.core.data.Offset.offset(0.5));
  }

  @Test
  void splitGivesEachTaskClassesOfItsOwn() {
    final TaskStream stream = new TaskStream(data, Scenario.SPLIT, 3, TaskStream.ONE_PASS, 1);

    assertThat(stream.classes()).isEqualTo(2);
    assertThat(stream.examples()).isEqualTo(24);
    for (int task = 0; task < 3; task++) {
      final List<Example> learned = learned(stream, "t" + (task + 1));
      assertThat(learned).hasSize(8);
      for (final Example example : learned) {
        final int original = indexOf(example.getUint8().toByteArray()) % 6;
        assertThat(original / 2).isEqualTo(task);
        assertThat(example.getLabel()).isEqualTo(original % 2);
      }
      assertThat(heldOut(stream, "t" + (task + 1))).hasSize(4);
    }
  }

  @Test
  void splitByTaskKeepsLabelsAndNamesTheTasksClasses() {
    final TaskStream stream = new TaskStream(data, Scenario.SPLIT_TASK, 3, TaskStream.ONE_PASS, 1);
    final TaskStream shared = new TaskStream(data, Scenario.SPLIT, 3, TaskStream.ONE_PASS, 1);

    assertThat(stream.classes()).isEqualTo(6);
    for (int task = 0; task < 3; task++) {
      final String name = "t" + (task + 1);
      for (final Example example : learned(stream, name)) {
        assertThat(example.getLabel()).isEqualTo(indexOf(example.getUint8().toByteArray()) % 6);
        assertThat(example.getCandidatesList()).containsExactly(2 * task, 2 * task + 1);
      }
      assertThat(heldOut(stream, name))
          .hasSize(4)
          .allSatisfy(held -> assertThat(held.getCandidatesList()).contains(held.getLabel()));
      assertThat(learned(stream, name))
          .as("the same images in the same order")
          .extracting(Example::getUint8)
          .isEqualTo(learned(shared, name).stream().map(Example::getUint8).toList());
    }
    assertThat(list(shared))
        .allMatch(record -> record.value().getExample().getCandidatesCount() == 0);
  }

  @Test
  void theSeedDecidesAndTasksDoNotDependOnHowManyFollow() {
    final List<KeyedRecord> first = list(new TaskStream(data, Scenario.PERMUTED, 2, 24, 9));

    assertThat(list(new TaskStream(data, Scenario.PERMUTED, 2, 24, 9))).isEqualTo(first);
    assertThat(list(new TaskStream(data, Scenario.PERMUTED, 4, 24, 9)).subList(0, first.size()))
        .isEqualTo(first);
    assertThat(list(new TaskStream(data, Scenario.PERMUTED, 2, 24, 10))).isNotEqualTo(first);
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertThatThrownBy(() -> new TaskStream(data, Scenario.SPLIT, 4, 1, 1))
        .hasMessageContaining("6 classes do not divide evenly among 4 tasks");
    assertThatThrownBy(() -> new TaskStream(data, Scenario.SPLIT_TASK, 4, 1, 1))
        .hasMessageContaining("6 classes do not divide evenly among 4 tasks");
    assertThatThrownBy(() -> new TaskStream(data, Scenario.PERMUTED, 0, 1, 1))
        .hasMessageContaining("0 tasks");
    assertThatThrownBy(() -> new TaskStream(data, Scenario.PERMUTED, 1, -1, 1))
        .hasMessageContaining("-1 examples");
  }

  private static List<KeyedRecord> list(final TaskStream stream) {
    final List<KeyedRecord> records = new ArrayList<>();
    stream.forEach(records::add);
    return records;
  }

  private static List<Example> learned(final TaskStream stream, final String task) {
    return examples(stream, task, false);
  }

  private static List<Example> heldOut(final TaskStream stream, final String task) {
    return examples(stream, task, true);
  }

  private static List<Example> examples(
      final TaskStream stream, final String task, final boolean heldOut) {
    return list(stream).stream()
        .map(KeyedRecord::value)
        .filter(record -> record.hasExample() && record.getTask().equals(task))
        .map(StreamRecord::getExample)
        .filter(example -> example.getHeldOut() == heldOut)
        .toList();
  }

  private int indexOf(final byte[] image) {
    return IntStream.range(0, data.train().size())
        .filter(i -> Arrays.equals(data.train().image(i), image))
        .findFirst()
        .orElseThrow();
  }

  private static String values(final List<byte[]> images, final int pixel) {
    final byte[] values = new byte[images.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = images.get(i)[pixel];
    }
    return Arrays.toString(values);
  }
}
