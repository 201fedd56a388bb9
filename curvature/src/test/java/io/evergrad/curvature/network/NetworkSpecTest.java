/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkSpecTest {
  private static final int HUGE = Integer.MAX_VALUE;

  private static Supplier<NetworkSpec> image(
      final int channels, final int height, final int width, final List<Integer> filters) {
    return image(channels, height, width, filters, 3, 1, 10);
  }

  private static Supplier<NetworkSpec> image(
      final int channels,
      final int height,
      final int width,
      final List<Integer> filters,
      final int kernel,
      final int stride,
      final int classes) {
    return () ->
        new ConvolutionalSpec(
            channels, height, width, filters, kernel, stride, classes, Activation.RELU);
  }

  private static Supplier<NetworkSpec> sequence(
      final int steps, final int width, final List<Integer> hidden, final int classes) {
    return () -> new RecurrentSpec(steps, width, hidden, classes, Activation.TANH);
  }

  private static Supplier<NetworkSpec> text(
      final int context,
      final int vocabulary,
      final int width,
      final int heads,
      final int hidden,
      final int layers) {
    return () ->
        new TransformerSpec(context, vocabulary, width, heads, hidden, layers, Normalisation.LAYER);
  }

  private static Supplier<NetworkSpec> perceptron(final int width) {
    return () -> new MlpSpec(width, List.of(width), 2, Activation.RELU);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(image(0, 5, 5, List.of()), "channels 0: expected at least 1"),
        Arguments.of(image(1, 0, 5, List.of()), "height 0"),
        Arguments.of(image(1, 5, -1, List.of()), "width -1"),
        Arguments.of(image(1, 5, 5, List.of(4, 0)), "filters [4, 0]: expected each at least 1"),
        Arguments.of(image(1, 5, 5, List.of(4), 2, 1, 10), "kernel 2: expected an odd number"),
        Arguments.of(image(1, 5, 5, List.of(4), -1, 1, 10), "kernel -1"),
        Arguments.of(image(1, 5, 5, List.of(4), 3, 0, 10), "stride 0"),
        Arguments.of(image(1, 5, 5, List.of(4), 3, 1, 1), "classes 1: expected at least 2"),
        Arguments.of(image(HUGE, HUGE, HUGE, List.of()), "an image of 2147483647 x"),
        Arguments.of(image(1, 5, 5, List.of(HUGE, HUGE)), "a kernel of 2147483647 x"),
        Arguments.of(image(1, 5, 5, List.of(1), HUGE, 1, 2), "a kernel of 1 x 1 x"),
        Arguments.of(image(1, 9000, 9000, List.of(1)), "patches of 9000 x 9000"),
        Arguments.of(image(1, 9, 9, List.of(9), 3, 1, HUGE), "the fully connected layer of"),
        Arguments.of(image(1, 9, 9, Collections.nCopies(1001, 1)), "filters: 1001 layers"),
        Arguments.of(sequence(0, 2, List.of(3), 2), "steps 0"),
        Arguments.of(sequence(2, 0, List.of(3), 2), "width 0"),
        Arguments.of(sequence(2, 2, List.of(), 2), "hidden []: expected at least one layer"),
        Arguments.of(sequence(2, 2, List.of(-3), 2), "hidden [-3]"),
        Arguments.of(sequence(2, 2, List.of(3), 1), "classes 1"),
        Arguments.of(sequence(HUGE, HUGE, List.of(3), 2), "a sequence of 2147483647 x"),
        Arguments.of(sequence(2, 2, List.of(100_000), 2), "a recurrent matrix of 100000 x"),
        Arguments.of(text(0, 5, 4, 2, 3, 1), "context 0"),
        Arguments.of(text(3, 1, 4, 2, 3, 1), "vocabulary 1: expected at least 2"),
        Arguments.of(text(3, 5, 0, 2, 3, 1), "width 0"),
        Arguments.of(text(3, 5, 4, 0, 3, 1), "heads 0"),
        Arguments.of(text(3, 5, 4, 3, 3, 1), "width 4 with heads 3: expected a multiple"),
        Arguments.of(text(3, 5, 4, 2, 0, 1), "hidden 0"),
        Arguments.of(text(3, 5, 4, 2, 3, 0), "layers 0"),
        Arguments.of(text(3, 5, 4, 2, 3, HUGE), "layers: 2147483647 layers"),
        Arguments.of(text(3, HUGE, 4, 2, 3, 1), "vocabulary 2147483647: expected at most"),
        Arguments.of(text(HUGE, 5, 4, 2, 3, 1), "the position embedding of"),
        Arguments.of(text(20_000, 5, 4, 2, 3, 1), "an attention's scores of 2 x 20000"),
        Arguments.of(text(3, 5, 100_000, 2, 3, 1), "an attention's matrix of"),
        Arguments.of(text(3, 5, 4, 2, HUGE, 1), "a perceptron's matrix of"),
        Arguments.of(perceptron(HUGE), "a weight of 2147483647 x"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesSizesOutOfRange(final Supplier<NetworkSpec> spec, final String reason) {
    assertThatThrownBy(spec::get)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void textTellsEveryField() {
    assertThat(image(1, 28, 27, List.of(16, 32), 5, 2, 10).get())
        .hasToString("convolutional 1x28x27 filters 16-32 kernel 5 stride 2 classes 10 relu");
    assertThat(image(1, 28, 27, List.of(), 5, 2, 10).get().toString()).contains("filters none");
    assertThat(sequence(28, 27, List.of(128, 64), 10).get())
        .hasToString("recurrent 28x27 hidden 128-64 classes 10 tanh");
    assertThat(text(64, 128, 60, 4, 256, 2).get())
        .hasToString(
            "transformer context 64 vocabulary 128 width 60 heads 4 hidden 256 layers 2 layer-norm");
  }

  @Test
  void sizesAreThoseOfTheExamples() {
    assertThat(image(2, 5, 7, List.of(3)).get().inputs()).isEqualTo(70);
    assertThat(sequence(3, 4, List.of(3), 2).get().inputs()).isEqualTo(12);
    final NetworkSpec text = text(3, 7, 4, 2, 3, 1).get();
    assertThat(text.inputs()).isEqualTo(4);
    assertThat(text.classes()).isEqualTo(7);
    assertThat(text.predictions()).isEqualTo(3);
    assertThat(text.tokens()).isTrue();
  }

  @Test
  void theTargetsOfATextAreTheTokensThatFollow() {
    final NetworkSpec spec = text(2, 7, 4, 2, 3, 1).get();
    final float[] features = {1, 2, 3, 6, 0, 5, 9, 9, 9};

    assertThat(spec.targets(FeatureRows.of(features, 3), new int[] {4, 4}, 2))
        .containsExactly(2, 3, 0, 5);
  }

  @ParameterizedTest
  @ValueSource(floats = {-1, 7, 1.5f, Float.NaN, 1e10f})
  void refusesWhatIsNoToken(final float token) {
    final NetworkSpec spec = text(2, 7, 4, 2, 3, 1).get();

    final FeatureRows features = FeatureRows.of(new float[] {1, 2, 3, token, 0, 5}, 3);

    assertThatThrownBy(() -> spec.targets(features, new int[] {0, 0}, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("example 1, place 0: token")
        .hasMessageContaining("expected a whole number in [0, 7)");
  }
}
