/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import java.util.Map;

/**
 * What was measured of one subject.
 *
 * @param milliseconds of a processor that a step takes: the mean over a period's slices, each at
 *     its median over periods
 * @param wall milliseconds by the clock, the same
 * @param extra milliseconds of a processor beyond the reference's slice of the same turn, the same;
 *     NaN where there is no reference
 * @param periods how many there were
 * @param announcedFlops that the cost model announces a step, beside those of a step without
 *     curvature; NaN where there is no model
 * @param profile the share of each phase; empty where it was not looked at
 */
public record CostRow(
    Subject subject,
    double milliseconds,
    double wall,
    double extra,
    int periods,
    double announcedFlops,
    Map<Phase, Double> profile) {}
