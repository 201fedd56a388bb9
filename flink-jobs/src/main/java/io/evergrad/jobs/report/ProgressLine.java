/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import io.evergrad.operators.metrics.Progress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * The live line of a run: task, examples a second, running accuracy and loss, time left. Drawn over
 * itself on a terminal; elsewhere, a plain line every few seconds. Thread-safe.
 */
public final class ProgressLine implements AutoCloseable {
  private static final Duration REDRAW = Duration.ofMillis(100);
  private static final Duration PLAIN = Duration.ofSeconds(5);

  private final PrintStream out;
  private final boolean terminal;
  private final long total;
  private final LongSupplier nanoTime;
  private final long start;

  private long nextDrawing;
  private int drawn;
  private String latest = "";
  private String shown = "";

  /**
   * A line on stderr. It is taken for a terminal where the system property {@code
   * evergrad.stderr.terminal} is true: Java cannot tell, the launcher can.
   *
   * @param totalExamples examples that the run will learn; 0 if not known: no time left is shown
   */
  public ProgressLine(final long totalExamples) {
    this(
        System.err,
        Boolean.getBoolean("evergrad.stderr.terminal"),
        totalExamples,
        System::nanoTime);
  }

  /**
   * A line.
   *
   * @param out where it is drawn
   * @param terminal whether a carriage return goes back to the line's start there
   * @param totalExamples examples that the run will learn; 0 if not known: no time left is shown
   * @param nanoTime the clock, in nanoseconds
   */
  public ProgressLine(
      final PrintStream out,
      final boolean terminal,
      final long totalExamples,
      final LongSupplier nanoTime) {
    this.out = Objects.requireNonNull(out, "out");
    this.terminal = terminal;
    this.total = totalExamples;
    this.nanoTime = Objects.requireNonNull(nanoTime, "nanoTime");
    start = nanoTime.getAsLong();
    nextDrawing = start;
  }

  /** Shows how learning goes; not every call draws. */
  public synchronized void show(final Progress progress) {
    final long now = nanoTime.getAsLong();
    latest = line(progress, now);
    if (now - nextDrawing >= 0) {
      nextDrawing = now + (terminal ? REDRAW : PLAIN).toNanos();
      draw();
    }
  }

  /** Draws what was shown last, and ends the line. */
  @Override
  public synchronized void close() {
    if (!latest.equals(shown)) {
      draw();
    }
    if (terminal && drawn > 0) {
      out.println();
      drawn = 0;
    }
    out.flush();
  }

  private void draw() {
    shown = latest;
    if (terminal) {
      out.print("\r" + latest + " ".repeat(Math.max(0, drawn - latest.length())));
      drawn = latest.length();
    } else {
      out.println(latest);
    }
    out.flush();
  }

  private String line(final Progress progress, final long now) {
    final StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "task %s  %,d examples  %,.0f/s  accuracy %.3f  loss %.3f",
            progress.task(),
            progress.examples(),
            progress.examplesPerSecond(),
            progress.accuracy(),
            progress.loss()));
    if (total > 0 && progress.examples() > 0) {
      final double left =
          (now - start) * Math.max(0, (double) (total - progress.examples()) / progress.examples());
      final long seconds = Math.round(left / 1e9);
      line.append(String.format(Locale.ROOT, "  ETA %d:%02d", seconds / 60, seconds % 60));
    }
    return line.toString();
  }
}
