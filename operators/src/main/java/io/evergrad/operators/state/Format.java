/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.state;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Writes and reads one type of immutable value, in checkpoints and between operators. Formats hold
 * no state and have a public constructor without arguments.
 *
 * @param <T> the type of the values
 */
public interface Format<T> extends SimpleVersionedSerializer<T>, Serializable {

  /**
   * Refuses bytes that a newer release wrote.
   *
   * @throws IOException if the version is not the one that this format writes
   */
  default void requireVersion(final int version) throws IOException {
    if (version != getVersion()) {
      throw new IOException(
          getClass().getSimpleName()
              + " cannot read version "
              + version
              + ": expected version "
              + getVersion()
              + "; use the release that wrote it");
    }
  }
}
