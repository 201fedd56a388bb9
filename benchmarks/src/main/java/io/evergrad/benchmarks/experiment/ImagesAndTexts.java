/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.experiment;

import io.evergrad.jobs.stream.TaskStream;
import java.util.Objects;

/**
 * Material of both kinds: each definition says which it is of.
 *
 * @param images of which streams of images are made
 * @param texts of which streams of texts are made
 */
public record ImagesAndTexts(Images images, Texts texts) implements Material {

  /** Refuses what is missing. */
  public ImagesAndTexts {
    Objects.requireNonNull(images, "images");
    Objects.requireNonNull(texts, "texts");
  }

  @Override
  public String digest(final Split split, final StreamDefinition definition) {
    return of(definition).digest(split, definition);
  }

  @Override
  public TaskStream stream(final Split split, final StreamDefinition definition, final long seed) {
    return of(definition).stream(split, definition, seed);
  }

  private Material of(final StreamDefinition definition) {
    return definition.texts() ? texts : images;
  }
}
