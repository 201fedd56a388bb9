/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.forgetting;

import java.util.List;

/**
 * What a comparison found.
 *
 * @param ours our method at its defaults
 * @param ewc Adam with EWC, tuned
 * @param none Adam alone at its default learning rate
 * @param noneTuned Adam alone, learning rate tuned
 * @param ewcTrials what was tried to tune EWC, in order
 * @param noneTrials what was tried to tune Adam alone, in order
 * @param ourTrials our method on the validation split, which chose nothing
 */
public record ForgettingResult(
    Reported ours,
    Reported ewc,
    Reported none,
    Reported noneTuned,
    List<Trial> ewcTrials,
    List<Trial> noneTrials,
    List<Trial> ourTrials) {

  /** Copies the lists. */
  public ForgettingResult {
    ewcTrials = List.copyOf(ewcTrials);
    noneTrials = List.copyOf(noneTrials);
    ourTrials = List.copyOf(ourTrials);
  }

  /** Whether every bar is reached. */
  public boolean passed() {
    return bars().stream().allMatch(Bar::passed);
  }

  List<Reported> reported() {
    return List.of(ours, ewc, none, noneTuned);
  }

  List<Bar> bars() {
    return Bar.of(ours, ewc, none);
  }
}
