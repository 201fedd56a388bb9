/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this build. */
public final class BuildVersion {
  private BuildVersion() {}

  /** The version, as Maven knows it. */
  public static String current() {
    final Properties properties = new Properties();
    try (InputStream in = BuildVersion.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
