/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The shape of a convolutional network: convolutions, then one fully connected layer. An example's
 * features are an image: channel by channel, row by row.
 *
 * <p>Each convolution pads with zeros by half its kernel, so that it makes ⌈n / stride⌉ rows of n.
 *
 * @param channels of the image, at least 1
 * @param height rows of the image, at least 1
 * @param width columns of the image, at least 1
 * @param filters channels that each convolution makes, in order; may be empty
 * @param kernel rows and columns of each convolution's kernels, odd
 * @param stride rows, and columns, from one place of a kernel to the next, at least 1
 * @param classes output classes, at least 2
 * @param activation non-linearity after each convolution
 */
public record ConvolutionalSpec(
    int channels,
    int height,
    int width,
    List<Integer> filters,
    int kernel,
    int stride,
    int classes,
    Activation activation)
    implements NetworkSpec {

  /**
   * @throws IllegalArgumentException if a size is out of range, naming it
   */
  public ConvolutionalSpec {
    filters = List.copyOf(filters);
    Objects.requireNonNull(activation, "activation");
    Sizes.atLeast("channels", channels, 1);
    Sizes.atLeast("height", height, 1);
    Sizes.atLeast("width", width, 1);
    Sizes.eachAtLeastOne("filters", filters);
    if (kernel < 1 || kernel % 2 == 0) {
      throw new IllegalArgumentException(
          "kernel " + kernel + ": expected an odd number, at least 1");
    }
    Sizes.atLeast("stride", stride, 1);
    Sizes.atLeast("classes", classes, 2);
    Sizes.elements("an image", channels, height, width);
    int from = channels;
    int rows = height;
    int columns = width;
    for (final int to : filters) {
      Sizes.elements("a kernel", to, from, kernel, kernel);
      rows = strided(rows, stride);
      columns = strided(columns, stride);
      Sizes.elements("an image's patches", rows, columns, from, kernel, kernel);
      from = to;
    }
    Sizes.elements("the fully connected layer", classes, from, rows, columns);
  }

  /** How many places a kernel takes along an axis. */
  static int strided(final int length, final int stride) {
    return (length - 1) / stride + 1;
  }

  @Override
  public int inputs() {
    return channels * height * width;
  }

  @Override
  public Network network() {
    return new Convolutional(this);
  }

  @Override
  public String toString() {
    return "convolutional %dx%dx%d filters %s kernel %d stride %d classes %d %s"
        .formatted(
            channels,
            height,
            width,
            Sizes.text(filters),
            kernel,
            stride,
            classes,
            activation.name().toLowerCase(Locale.ROOT));
  }
}
