/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

/** Which logged outcomes of another state of the code stand for those of this one. */
public enum Trust {
  /** None: all is run anew. */
  NONE {
    @Override
    boolean covers(final Experiment experiment) {
      return false;
    }
  },

  /** Those in which symmetry plays no part, as after a change of our own rule only. */
  BASELINES {
    @Override
    boolean covers(final Experiment experiment) {
      return experiment.ofBaseline();
    }
  },

  /** All. */
  ALL {
    @Override
    boolean covers(final Experiment experiment) {
      return true;
    }
  };

  abstract boolean covers(Experiment experiment);
}
