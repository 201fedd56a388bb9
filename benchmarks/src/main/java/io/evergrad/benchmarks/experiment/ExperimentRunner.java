/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.benchmarks.measure.Machine;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.pipeline.TrainingSettings;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;

/**
 * Carries out experiments, or recalls what came of them: each outcome is logged as soon as it is
 * there, and none is run twice. Several run at a time, each in one thread; that changes no outcome
 * but its seconds. Tells what runs and how long the rest may take. Thread-safe.
 */
public final class ExperimentRunner implements Laboratory, AutoCloseable {
  private final Archive archive;
  private final int workers;
  private final ExecutorService pool;
  private final PrintWriter err;
  private final String machine = Machine.current().toString();
  private final Countdown countdown = new Countdown();
  private final ConcurrentMap<Experiment, FutureTask<Logged>> asked = new ConcurrentHashMap<>();

  /**
   * A runner.
   *
   * @param archive of the data set; stays open
   * @param workers experiments that may run at a time, at least 1
   * @param err where to tell how it goes
   * @throws IllegalArgumentException if there are no workers
   */
  public ExperimentRunner(final Archive archive, final int workers, final PrintWriter err) {
    this.archive = Objects.requireNonNull(archive, "archive");
    this.err = Objects.requireNonNull(err, "err");
    if (workers < 1) {
      throw new IllegalArgumentException(workers + " workers: expected at least 1");
    }
    this.workers = workers;
    pool = Executors.newFixedThreadPool(workers);
  }

  /** Counts experiments that will be asked for into the time left. */
  private void plan(final Collection<Experiment> experiments) {
    synchronized (countdown) {
      experiments.forEach(each -> countdown.plan(each.kind(), archive.work(each)));
    }
  }

  /** Takes the seconds of earlier outcomes for those to come. */
  public void learn(final Collection<Logged> known) {
    synchronized (countdown) {
      for (final Logged logged : known) {
        final Experiment experiment = logged.experiment();
        if (!logged.outcome().hasDiverged()) {
          countdown.learn(experiment.kind(), archive.work(experiment), logged.outcome().seconds());
        }
      }
    }
  }

  /** Tells the time left from all that a rehearsal was asked for. */
  public void expect(final Rehearsal rehearsal) {
    learn(rehearsal.known());
    plan(rehearsal.missing());
  }

  /**
   * Times methods of which no time is known, by short runs that are not logged.
   *
   * @param experiments whose methods to time
   */
  public void calibrate(final Collection<Experiment> experiments) {
    boolean warm = false;
    for (final Experiment experiment : experiments) {
      if (countdown.knows(experiment.kind())) {
        continue;
      }
      final Experiment brief = experiment.brief();
      if (!warm) {
        outcome(brief, archive.stream(brief));
        warm = true;
      }
      final double seconds = outcome(brief, archive.stream(brief)).seconds();
      countdown.learn(brief.kind(), archive.work(brief), seconds);
    }
  }

  /** Seconds that experiments may take, as many at a time as there are workers. */
  public double estimate(final Collection<Experiment> experiments) {
    synchronized (countdown) {
      return experiments.stream()
              .mapToDouble(each -> countdown.seconds(each.kind(), archive.work(each)))
              .sum()
          / workers;
    }
  }

  @Override
  public Logged run(final String name, final Experiment experiment) throws Exception {
    final Optional<Logged> known = archive.find(experiment);
    if (known.isPresent()) {
      return known.get();
    }
    final FutureTask<Logged> mine = new FutureTask<>(() -> carryOut(name, experiment));
    final FutureTask<Logged> others = asked.putIfAbsent(experiment, mine);
    if (others == null) {
      pool.execute(mine);
    }
    try {
      return (others == null ? mine : others).get();
    } catch (final ExecutionException e) {
      throw e.getCause() instanceof final Exception cause ? cause : e;
    }
  }

  private Logged carryOut(final String name, final Experiment experiment) throws Exception {
    final TaskStream stream = archive.stream(experiment);
    final Outcome outcome = outcome(experiment, stream);
    final Logged logged = archive.add(experiment, machine, outcome);
    tell(name, logged);
    return logged;
  }

  private static Outcome outcome(final Experiment experiment, final TaskStream stream) {
    final TrainingSettings training =
        new Method("experiment", experiment.options())
            .configuration(experiment.seed(), stream)
            .training();
    final long start = System.nanoTime();
    try {
      final Training measured =
          LoopTrainer.train(
              training,
              experiment.stream().records(stream, experiment.seed()),
              experiment.curveInterval());
      return Outcome.of(measured, (System.nanoTime() - start) / 1e9);
    } catch (final DivergedException e) {
      return Outcome.diverged((System.nanoTime() - start) / 1e9);
    }
  }

  private void tell(final String name, final Logged logged) {
    final Experiment experiment = logged.experiment();
    final Outcome outcome = logged.outcome();
    synchronized (countdown) {
      countdown.finished(experiment.kind(), archive.work(experiment), outcome.seconds());
      final double left = countdown.secondsLeft() / workers;
      err.printf(
          Locale.ROOT,
          "[%d of %d, ETA %s] %s, %s, seed %d, %s: %s, %.1f s%n",
          countdown.done(),
          countdown.planned(),
          clock(left),
          name,
          new Method(name, experiment.options()).settings(),
          experiment.seed(),
          experiment.split().name().toLowerCase(Locale.ROOT),
          outcome.hasDiverged()
              ? "diverged"
              : experiment.stream().texts()
                  ? String.format(
                      Locale.ROOT,
                      "average loss %.4f, loss increase %.4f",
                      outcome.averageLoss(),
                      outcome.lossIncrease())
                  : String.format(
                      Locale.ROOT,
                      "average accuracy %.4f, forgetting %.4f",
                      outcome.averageAccuracy(),
                      outcome.forgetting()),
          outcome.seconds());
      err.flush();
    }
  }

  private static String clock(final double seconds) {
    final long whole = Math.round(seconds);
    return "%d:%02d:%02d".formatted(whole / 3600, whole / 60 % 60, whole % 60);
  }

  /** Ends what runs: what is not logged by then is lost. */
  @Override
  public void close() {
    final List<Runnable> never = pool.shutdownNow();
    never.forEach(task -> ((FutureTask<?>) task).cancel(true));
  }
}
