/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.benchmarks.kernels.KernelBenchmark;
import java.util.concurrent.Callable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code evergrad-bench kernels}: JMH. */
@Command(
    name = "kernels",
    mixinStandardHelpOptions = true,
    description = "Measures by JMH the operations that a preconditioned step is made of.")
final class KernelsCommand implements Callable<Integer> {
  @Option(
      names = "--only",
      paramLabel = "NAME",
      description = "One of them, such as gram (default: all).")
  private String only;

  @Override
  public Integer call() throws RunnerException {
    final ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include(KernelBenchmark.class.getName() + (only == null ? "" : "." + only + "$"));
    new Runner(options.build()).run();
    return Benchmarks.DONE;
  }
}
