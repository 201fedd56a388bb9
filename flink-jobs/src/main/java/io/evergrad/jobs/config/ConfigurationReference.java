/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.config;

import java.util.Collection;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;

/** Renders the options as the page {@code docs/configuration.md}, so that they cannot drift. */
public final class ConfigurationReference {

  private ConfigurationReference() {}

  /** The whole page, in Markdown. */
  public static String markdown() {
    final StringBuilder page =
        new StringBuilder(
            """
            # Configuration

            A job reads a YAML file (`--config FILE`), overridden by `-D key=value`. Keys may be nested or
            dotted. Keys without the prefix `evergrad.` are Flink's own (checkpointing, restarts, state).
            An unknown `evergrad.` key and a value out of range are errors; nothing is ignored in silence.

            This page is generated from `EvergradOptions`; a test fails where the two differ.

            | key | default | meaning |
            |---|---|---|
            """);
    for (final ConfigOption<?> option : EvergradOptions.ALL) {
      page.append("| `")
          .append(option.key())
          .append("` | ")
          .append(option.hasDefaultValue() ? "`" + text(option.defaultValue()) + "`" : "")
          .append(" | ")
          .append(new HtmlFormatter().format(option.description()))
          .append(" |\n");
    }
    return page.toString();
  }

  private static String text(final Object value) {
    return value instanceof Collection<?> list
        ? String.join(";", list.stream().map(String::valueOf).toList())
        : String.valueOf(value);
  }
}
