/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.evergrad.store.ModelStore;
import io.evergrad.store.ModelVersion;
import io.evergrad.store.StoreException;
import io.evergrad.store.VersionSummary;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evergrad models}: what a model store holds. */
@Command(
    name = "models",
    mixinStandardHelpOptions = true,
    description = "Shows what a model store holds.",
    synopsisSubcommandLabel = "COMMAND")
final class ModelsCommand implements Runnable {
  private static final String LATEST = "latest";

  @Spec private CommandSpec spec;

  /** Without a subcommand there is nothing to do: a mistake. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command: list or show");
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists the versions of all models; damaged ones are named on stderr.",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:done",
        "1:a version is damaged, or the store cannot be read",
        "2:wrong arguments"
      })
  int list(
      @Mixin final StoreLocation location,
      @Option(names = "--json", description = "Print a JSON array.") final boolean json)
      throws IOException {
    final ModelStore store = location.open();
    final List<VersionSummary> versions = new ArrayList<>();
    int code = Evergrad.DONE;
    for (final String model : store.models()) {
      for (final long number : store.numbers(model)) {
        try {
          versions.add(store.summary(model, number));
        } catch (final StoreException e) {
          final PrintWriter err = spec.commandLine().getErr();
          err.println("evergrad: " + e.getMessage());
          err.flush();
          code = Evergrad.FAILED;
        }
      }
    }
    final PrintWriter out = spec.commandLine().getOut();
    if (json) {
      final ArrayNode array = JsonMapper.builder().build().createArrayNode();
      versions.forEach(version -> array.add(VersionDescription.json(version)));
      out.println(array.toPrettyString());
    } else {
      VersionDescription.table(versions).forEach(out::println);
    }
    out.flush();
    return code;
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Reads one version, verifies every byte of it, and describes it.",
      exitCodeListHeading = "%nExit codes:%n",
      exitCodeList = {
        "0:done",
        "1:missing or damaged; the reason is on stderr",
        "2:wrong arguments"
      })
  int show(
      @Mixin final StoreLocation location,
      @Option(names = "--json", description = "Print a JSON object.") final boolean json,
      @Parameters(paramLabel = "MODEL", description = "Name of the model.") final String model,
      @Parameters(
              paramLabel = "VERSION",
              arity = "0..1",
              defaultValue = LATEST,
              description = "Its number, or latest (default: ${DEFAULT-VALUE}).")
          final String version)
      throws IOException {
    final long number = version.equals(LATEST) ? 0 : number(version);
    final ModelStore store = location.open();
    final ModelVersion found = number == 0 ? store.latest(model) : store.read(model, number);
    final PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(VersionDescription.json(found).toPrettyString());
    } else {
      VersionDescription.lines(found).forEach(out::println);
    }
    out.flush();
    return Evergrad.DONE;
  }

  private long number(final String version) {
    try {
      final long number = Long.parseLong(version);
      if (number >= 1) {
        return number;
      }
    } catch (final NumberFormatException e) {
      // Reported below, like a number out of range.
    }
    throw new ParameterException(
        spec.commandLine(),
        "VERSION " + version + ": expected a number of at least 1, or " + LATEST);
  }
}
