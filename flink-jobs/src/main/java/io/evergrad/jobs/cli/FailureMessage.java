/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/**
 * Tells of a failed command in one line on stderr, with the stack trace after it where that is
 * asked for, and exits with {@link Evergrad#FAILED}.
 */
public final class FailureMessage implements IExecutionExceptionHandler {
  private final String program;
  private final BooleanSupplier verbose;

  /**
   * A handler.
   *
   * @param program what the line begins with
   * @param verbose whether to show the stack trace, asked when a command has failed
   */
  public FailureMessage(final String program, final BooleanSupplier verbose) {
    this.program = Objects.requireNonNull(program, "program");
    this.verbose = Objects.requireNonNull(verbose, "verbose");
  }

  @Override
  public int handleExecutionException(
      final Exception exception, final CommandLine command, final ParseResult parsed) {
    command
        .getErr()
        .println(command.getColorScheme().errorText(program + ": " + reason(exception)));
    if (verbose.getAsBoolean()) {
      exception.printStackTrace(command.getErr());
    }
    command.getErr().flush();
    return Evergrad.FAILED;
  }

  private static String reason(final Throwable exception) {
    final String message = exception.getMessage();
    final String reason =
        message == null || message.isBlank()
            ? exception.getClass().getSimpleName()
            : message.strip().replaceAll("\\s*\\R\\s*", " ");
    return exception instanceof NoSuchFileException missing && missing.getReason() == null
        ? "no such file: " + reason
        : reason;
  }
}
