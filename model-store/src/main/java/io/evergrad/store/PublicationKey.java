/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

/**
 * What makes a publication the same one when it is tried again.
 *
 * @param job id of the job: 1 to 128 of A-Z a-z 0-9 . _ - beginning with a letter or digit
 * @param checkpoint checkpoint that the version belongs to, at least 0
 * @param sequence place among the model's versions of that checkpoint, at least 0
 */
public record PublicationKey(String job, long checkpoint, int sequence) {

  /**
   * @throws IllegalArgumentException if a component is out of range, naming it
   */
  public PublicationKey {
    StoreNames.require("job", job);
    if (checkpoint < 0) {
      throw new IllegalArgumentException("checkpoint " + checkpoint + ": expected at least 0");
    }
    if (sequence < 0) {
      throw new IllegalArgumentException("sequence " + sequence + ": expected at least 0");
    }
  }

  @Override
  public String toString() {
    return "job " + job + ", checkpoint " + checkpoint + ", sequence " + sequence;
  }
}
