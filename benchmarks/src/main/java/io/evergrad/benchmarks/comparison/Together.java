/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Asks a laboratory for several things at the same time. */
final class Together {
  private Together() {}

  /**
   * All answers, in the order of the questions; each is asked in a thread of its own.
   *
   * @throws Exception what the first of them that failed threw
   */
  static <T> List<T> all(final List<Callable<T>> questions) throws Exception {
    final ExecutorService each = Executors.newCachedThreadPool();
    try {
      final List<Future<T>> asked = new ArrayList<>();
      questions.forEach(question -> asked.add(each.submit(question)));
      final List<T> answers = new ArrayList<>();
      for (final Future<T> answer : asked) {
        answers.add(answer.get());
      }
      return answers;
    } catch (final ExecutionException e) {
      throw e.getCause() instanceof final Exception cause ? cause : e;
    } finally {
      each.shutdownNow();
    }
  }
}
