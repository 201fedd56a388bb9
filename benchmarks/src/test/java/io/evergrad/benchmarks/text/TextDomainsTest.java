/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.evergrad.jobs.data.Text;
import io.evergrad.jobs.stream.KeyedRecord;
import io.evergrad.jobs.stream.TaskStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TextDomainsTest {
  private static List<Text> texts;

  @BeforeAll
  static void load() throws Exception {
    texts = TextDomains.load();
  }

  @Test
  void areOfThreeKinds() {
    assertThat(texts).extracting(Text::name).containsExactly("english", "german", "java");
    assertThat(texts).extracting(Text::size).containsOnly(TextDomains.BYTES);
    final String[] telling = {" of the ", " die ", "public "};
    for (int i = 0; i < 3; i++) {
      for (int word = 0; word < 3; word++) {
        final int count = string(texts.get(i)).split(telling[word], -1).length - 1;
        if (word == i) {
          assertThat(count).as("%s in %s", telling[word], texts.get(i).name()).isGreaterThan(1000);
        } else {
          assertThat(count)
              .as("%s in %s", telling[word], texts.get(i).name())
              .isLessThan(string(texts.get(word)).split(telling[word], -1).length / 2);
        }
      }
    }
  }

  @Test
  void sourcesComeWithoutTheirLicenceHeader() {
    assertThat(string(texts.get(2)))
        .startsWith("package org.apache.flink.")
        .doesNotContain("Licensed to the Apache Software Foundation");
  }

  @Test
  void areTheSameEachTime() throws Exception {
    final List<Text> again = TextDomains.load();
    for (int i = 0; i < 3; i++) {
      assertThat(string(again.get(i))).isEqualTo(string(texts.get(i)));
    }
  }

  /** In natural language, where no window comes twice by itself. */
  @Test
  void validationLooksAtNoWindowThatIsReported() throws Exception {
    final List<Text> speeches = texts.subList(0, 2);
    final Set<ByteString> reported = windows(speeches, true);
    final List<Text> rest =
        speeches.stream().map(text -> TaskStream.learnedOf(text, TextDomains.CONTEXT)).toList();
    final Set<ByteString> validation = windows(rest, true);
    final Set<ByteString> learned = windows(rest, false);

    assertThat(reported).hasSize(2 * 1_153);
    assertThat(validation).hasSize(2 * 1_081);
    assertThat(learned).hasSize(2 * (17_308 - 1_081));
    assertThat(reported).doesNotContainAnyElementsOf(validation);
    assertThat(reported).doesNotContainAnyElementsOf(learned);
    assertThat(validation).doesNotContainAnyElementsOf(learned);
  }

  private static Set<ByteString> windows(final List<Text> texts, final boolean heldOut) {
    final Set<ByteString> windows = new HashSet<>();
    for (final KeyedRecord record : new TaskStream(texts, TextDomains.CONTEXT, 0, 1)) {
      if (record.value().hasExample() && record.value().getExample().getHeldOut() == heldOut) {
        windows.add(record.value().getExample().getUint8());
      }
    }
    return windows;
  }

  private static String string(final Text text) {
    return StandardCharsets.UTF_8.decode(text.bytes(0, text.size())).toString();
  }
}
