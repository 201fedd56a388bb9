/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/**
 * What a convolution's kernel sees at each of its places, zero beyond the image's border.
 *
 * @param rows of the image
 * @param columns of the image
 * @param channels of the image
 * @param kernel rows and columns of the kernel, odd
 * @param stride from one place to the next
 */
record Patches(int rows, int columns, int channels, int kernel, int stride) {

  /** Rows of places. */
  int placeRows() {
    return ConvolutionalSpec.strided(rows, stride);
  }

  /** Columns of places. */
  int placeColumns() {
    return ConvolutionalSpec.strided(columns, stride);
  }

  /**
   * The patches.
   *
   * @param images B × (rows · columns) × channels
   * @return B × places × (channels · kernel · kernel), a patch in the order of a kernel's axes
   */
  NDArray of(final NDArray images) {
    final long examples = images.getShape().get(0);
    final int border = kernel / 2;
    final NDArray padded =
        images
            .reshape(new Shape(examples, rows, columns, channels))
            .pad(new Shape(0, 0, border, border, border, border), 0);
    final NDList shifted = new NDList();
    for (int row = 0; row < kernel; row++) {
      for (int column = 0; column < kernel; column++) {
        shifted.add(
            padded.get(
                new NDIndex(":, " + from(row, placeRows()) + ", " + from(column, placeColumns()))));
      }
    }
    return NDArrays.stack(shifted, 4)
        .reshape(
            new Shape(
                examples, (long) placeRows() * placeColumns(), (long) channels * kernel * kernel));
  }

  private String from(final int first, final int places) {
    return first + ":" + (first + (places - 1) * stride + 1) + ":" + stride;
  }
}
