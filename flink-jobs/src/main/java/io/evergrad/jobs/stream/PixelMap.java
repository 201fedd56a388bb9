/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.stream;

import java.util.SplittableRandom;

/**
 * A linear map from images to images of the same size, in which every pixel is a weighted sum of at
 * most four pixels. Immutable and thread-safe.
 */
final class PixelMap {
  private static final int TERMS = 4;

  private final int[] sources;
  private final float[] weights;
  private final int terms;

  private PixelMap(final int[] sources, final float[] weights, final int terms) {
    this.sources = sources;
    this.weights = weights;
    this.terms = terms;
  }

  /** Leaves images as they are. */
  static PixelMap identity() {
    return new PixelMap(new int[0], new float[0], 0);
  }

  /** Shuffles the pixels by a permutation drawn uniformly. */
  static PixelMap permutation(final int pixels, final SplittableRandom random) {
    return new PixelMap(Permutation.draw(pixels, random), new float[0], 1);
  }

  /**
   * Turns images about their centre, counter-clockwise as seen, with bilinear interpolation; zeros
   * come in from outside.
   */
  static PixelMap rotation(final int rows, final int columns, final double degrees) {
    final double cos = Math.cos(Math.toRadians(degrees));
    final double sin = Math.sin(Math.toRadians(degrees));
    final double middleRow = (rows - 1) / 2.0;
    final double middleColumn = (columns - 1) / 2.0;
    final int[] sources = new int[rows * columns * TERMS];
    final float[] weights = new float[sources.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        final double right = column - middleColumn;
        final double down = row - middleRow;
        final double sourceColumn = middleColumn + right * cos - down * sin;
        final double sourceRow = middleRow + right * sin + down * cos;
        final int left = (int) Math.floor(sourceColumn);
        final int top = (int) Math.floor(sourceRow);
        for (int term = 0; term < TERMS; term++) {
          final int fromRow = top + term / 2;
          final int fromColumn = left + term % 2;
          if (fromRow >= 0 && fromRow < rows && fromColumn >= 0 && fromColumn < columns) {
            final int index = (row * columns + column) * TERMS + term;
            sources[index] = fromRow * columns + fromColumn;
            weights[index] =
                (float)
                    ((1 - Math.abs(sourceRow - fromRow))
                        * (1 - Math.abs(sourceColumn - fromColumn)));
          }
        }
      }
    }
    return new PixelMap(sources, weights, TERMS);
  }

  /** The image of an image; a new array, unless this is the identity. */
  byte[] apply(final byte[] image) {
    return switch (terms) {
      case 0 -> image;
      case 1 -> moved(image);
      default -> mixed(image);
    };
  }

  private byte[] moved(final byte[] image) {
    final byte[] moved = new byte[image.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = image[sources[i]];
    }
    return moved;
  }

  private byte[] mixed(final byte[] image) {
    final byte[] mixed = new byte[image.length];
    // Written out: the inner loop of four took twice as long.
    for (int i = 0, term = 0; i < mixed.length; i++, term += TERMS) {
      final float sum =
          weights[term] * (image[sources[term]] & 0xff)
              + weights[term + 1] * (image[sources[term + 1]] & 0xff)
              + weights[term + 2] * (image[sources[term + 2]] & 0xff)
              + weights[term + 3] * (image[sources[term + 3]] & 0xff);
      // No sum is below zero or, weights adding up to at most one, far above 255.
      mixed[i] = (byte) Math.min(255, (int) (sum + 0.5f));
    }
    return mixed;
  }
}
