/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

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
    name = "evergrad",
    versionProvider = Evergrad.Version.class,
    mixinStandardHelpOptions = true,
    description = "Trains neural networks online from Kafka, without forgetting earlier tasks.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      StreamCommand.class,
      TrainCommand.class,
      CurvatureCommand.class,
      ModelsCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed; the reason is on stderr", "2:the arguments are wrong"})
public final class Evergrad implements Runnable {
  /** The command did what it was asked to do. */
  public static final int DONE = 0;

  /** The command failed; the reason is on stderr. */
  public static final int FAILED = 1;

  /** The arguments are wrong. */
  public static final int WRONG_USAGE = 2;

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
    final Evergrad root = new Evergrad();
    return new CommandLine(root)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new FailureMessage("evergrad", () -> root.verbose));
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
      return new String[] {"evergrad " + BuildVersion.current()};
    }
  }
}
