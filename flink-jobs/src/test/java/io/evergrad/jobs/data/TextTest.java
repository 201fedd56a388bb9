/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTest {
  @TempDir private Path directory;

  @Test
  void readsAFileByItsNameWithoutExtension() throws Exception {
    final Path file = Files.write(directory.resolve("prose.en.txt"), new byte[] {0, -1, 65});

    final Text text = Text.read(file);

    assertThat(text.name()).isEqualTo("prose.en");
    assertThat(text.size()).isEqualTo(3);
    assertThat(text.bytes(1, 2).get(0)).isEqualTo((byte) -1);
    assertThat(text.bytes(1, 2).isReadOnly()).isTrue();
  }

  @Test
  void readsADirectoryInTheOrderOfPaths() throws Exception {
    Files.createDirectories(directory.resolve("b.dir/c"));
    Files.writeString(directory.resolve("b.dir/z"), "third ");
    Files.writeString(directory.resolve("b.dir/c/a"), "second ");
    Files.writeString(directory.resolve("b.dir/a"), "first ");

    final Text text = Text.read(directory.resolve("b.dir"));

    assertThat(text.name()).isEqualTo("b.dir");
    assertThat(StandardCharsets.UTF_8.decode(text.bytes(0, text.size())).toString())
        .isEqualTo("first second third ");
  }

  @Test
  void refusesWhatIsNoText() {
    assertThatThrownBy(() -> Text.read(directory.resolve("none")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none");
    assertThatThrownBy(() -> new Text(" ", new byte[0])).hasMessageContaining("without a name");
    assertThatThrownBy(() -> new Text("t", new byte[2]).bytes(1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
