/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import java.util.Map;

/**
 * What was measured of one subject.
 *
 * @param milliseconds of a processor that a step takes: the median over periods
 * @param wall milliseconds by the clock, the same
 * @param periods how many there were
 * @param announcedFlops that the cost model announces a step, beside those of a step without
 *     curvature; NaN where there is no model
 * @param profile the share of each phase; empty where it was not looked at
 */
public record CostRow(
    Subject subject,
    double milliseconds,
    double wall,
    int periods,
    double announcedFlops,
    Map<Phase, Double> profile) {}
