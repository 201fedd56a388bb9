/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.demo.Demo;
import io.evergrad.jobs.demo.WorkDirectory;
import io.evergrad.jobs.report.ProgressLine;
import io.evergrad.jobs.stream.TaskStream;
import io.evergrad.operators.evaluation.AccuracyMatrix;
import java.io.IOException;
import org.apache.flink.util.SerializedThrowable;

/** Trains by Kafka and Flink in this JVM, exactly as {@code evergrad demo} does. */
final class JobTrainer implements Trainer {

  @Override
  public AccuracyMatrix train(
      final Method method, final long seed, final TaskStream stream, final ProgressLine line)
      throws Exception {
    try (WorkDirectory work = new WorkDirectory()) {
      return new Demo(stream, method.options(seed), Demo.Feed.ALONGSIDE, work.resolve("store"))
          .run(line)
          .matrix();
    } catch (final IOException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (diverged(cause)) {
          throw new DivergedException(cause.getMessage(), e);
        }
      }
      throw e;
    }
  }

  private static boolean diverged(final Throwable cause) {
    return cause instanceof ArithmeticException
        || cause instanceof SerializedThrowable serialized
            && serialized.getOriginalErrorClassName().equals(ArithmeticException.class.getName());
  }
}
