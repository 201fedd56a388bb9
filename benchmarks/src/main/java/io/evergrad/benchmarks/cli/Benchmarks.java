/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cli;

import io.evergrad.jobs.cli.FailureMessage;
import io.evergrad.jobs.report.BuildVersion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The root of the command line. Results go to stdout, everything else to stderr. A failure is one
 * line on stderr, with the stack trace after it under {@code --verbose}.
 */
@Command(
    name = "evergrad-bench",
    versionProvider = Benchmarks.Version.class,
    mixinStandardHelpOptions = true,
    description = "Measures Evergrad.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ThroughputCommand.class,
      ResultsCommand.class,
      TrialCommand.class,
      FidelityCommand.class,
      CostCommand.class,
      KernelsCommand.class,
      PeersCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:measured",
      "1:failed; the reason is on stderr",
      "2:the arguments are wrong",
      "4:measured, and with --check, something required is missed"
    })
public final class Benchmarks implements Runnable {
  /** Measured. */
  static final int DONE = 0;

  /** Measured, and something required is missed. */
  static final int MISSED = 4;

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean verbose;

  /** Runs a command and exits with its code. */
  public static void main(final String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The whole command line, ready to execute. */
  public static CommandLine commandLine() {
    final Benchmarks root = new Benchmarks();
    return new CommandLine(root)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new FailureMessage("evergrad-bench", () -> root.verbose));
  }

  /** Without a subcommand there is nothing to do: a mistake. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command: see the list below");
  }

  /** What {@code --version} prints. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"evergrad-bench " + BuildVersion.current()};
    }
  }
}
