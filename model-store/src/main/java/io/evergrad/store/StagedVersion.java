/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.util.Objects;

/**
 * A version that is written whole but not published: a value that survives the process, so that
 * another one can publish or abort.
 *
 * @param model name of the model
 * @param key the publication
 * @param stagingId what tells it from other attempts at the same publication, as {@link
 *     ModelStore#stage} gave it
 */
public record StagedVersion(String model, PublicationKey key, String stagingId) {

  /**
   * @throws IllegalArgumentException if a name is not allowed
   */
  public StagedVersion {
    StoreNames.require("model", model);
    Objects.requireNonNull(key, "key");
    StoreNames.require("staging id", stagingId);
  }
}
