/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.learner;

import io.evergrad.store.NoSuchVersionException;
import java.io.UncheckedIOException;
import java.util.concurrent.Callable;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/**
 * What would fail again from the same checkpoint (a loss that has diverged, a version to start from
 * that is not there, a state of other settings) ends the job instead of restarting it for ever.
 */
public final class LastingFailures {
  private LastingFailures() {}

  /**
   * The result of an action.
   *
   * @throws SuppressRestartsException if it would fail again
   * @throws Exception any other failure of the action
   */
  public static <T> T ending(final Callable<T> action) throws Exception {
    try {
      return action.call();
    } catch (final IllegalArgumentException | ArithmeticException | NoSuchVersionException e) {
      throw new SuppressRestartsException(e);
    } catch (final UncheckedIOException e) {
      if (e.getCause() instanceof NoSuchVersionException) {
        throw new SuppressRestartsException(e.getCause());
      }
      throw e.getCause();
    }
  }

  /**
   * Runs an action.
   *
   * @throws SuppressRestartsException if it would fail again
   */
  public static void endingRun(final Runnable action) {
    try {
      action.run();
    } catch (final IllegalArgumentException | ArithmeticException e) {
      throw new SuppressRestartsException(e);
    }
  }
}
