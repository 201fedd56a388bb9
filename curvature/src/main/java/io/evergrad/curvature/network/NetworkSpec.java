/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import java.io.Serializable;
import java.util.Arrays;

/**
 * What a network looks like, as a value: it travels with a job's configuration, and its text is
 * kept with every version of the model. Implementations are immutable; equal ones make the same
 * network.
 */
public interface NetworkSpec extends Serializable {

  /** Features of one example, at least 1. */
  int inputs();

  /** Classes of each prediction, at least 2. */
  int classes();

  /** Predictions that the network makes of one example, at least 1. */
  default int predictions() {
    return 1;
  }

  /** Whether features are token ids, whole numbers in [0, classes), rather than measurements. */
  default boolean tokens() {
    return false;
  }

  /**
   * Whether examples need labels in [0, classes). Otherwise targets are among the features, and
   * labels are ignored.
   */
  default boolean labelled() {
    return true;
  }

  /**
   * What the predictions should have been.
   *
   * @param features {@code size} × {@link #inputs()}
   * @param labels one an example, at least {@code size}
   * @param size number of examples
   * @return {@code size} × {@link #predictions()} classes
   */
  default int[] targets(final FeatureRows features, final int[] labels, final int size) {
    return Arrays.copyOf(labels, size);
  }

  /** The network. */
  Network network();

  /** One line that tells this network from every other, for people and for the manifest. */
  @Override
  String toString();
}
