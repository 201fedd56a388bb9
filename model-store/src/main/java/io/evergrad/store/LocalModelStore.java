/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import io.evergrad.store.tensor.TensorLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A store in a directory of a file system that renames directories atomically, such as any local
 * one on Linux or macOS. Processes that share the directory may use it together.
 */
public final class LocalModelStore implements ModelStore {

  private final Path root;
  private final TensorLimits limits;

  /**
   * Reads within {@link TensorLimits#DEFAULT}.
   *
   * @param root directory of the store, created with the first version
   */
  public LocalModelStore(final Path root) {
    this(root, TensorLimits.DEFAULT);
  }

  /**
   * @param root directory of the store, created with the first version
   * @param limits of each file of tensors that is read
   */
  public LocalModelStore(final Path root, final TensorLimits limits) {
    this.root = root.toAbsolutePath().normalize();
    this.limits = Objects.requireNonNull(limits, "limits");
  }

  @Override
  public StagedVersion stage(final ModelContent content) throws IOException {
    return directory(content.manifest().model()).stage(content);
  }

  @Override
  public Publication publish(final StagedVersion staged) throws IOException {
    return directory(staged.model()).publish(staged);
  }

  @Override
  public void abort(final StagedVersion staged) throws IOException {
    directory(staged.model()).abort(staged);
  }

  @Override
  public List<StagedVersion> staged(final String model) throws IOException {
    return directory(model).staged();
  }

  @Override
  public int removeAbandoned(final String model, final String job, final Instant olderThan)
      throws IOException {
    return directory(model).removeAbandoned(StoreNames.require("job", job), olderThan);
  }

  @Override
  public List<String> models() throws IOException {
    final List<String> names;
    try (Stream<Path> children = Files.list(root)) {
      names =
          children
              .filter(Files::isDirectory)
              .map(child -> child.getFileName().toString())
              .filter(StoreNames::isAllowed)
              .sorted()
              .toList();
    } catch (final NoSuchFileException e) {
      return List.of();
    }
    final List<String> models = new ArrayList<>(names.size());
    for (final String name : names) {
      if (latestNumber(name).isPresent()) {
        models.add(name);
      }
    }
    return List.copyOf(models);
  }

  @Override
  public List<Long> numbers(final String model) throws IOException {
    return directory(model).numbers();
  }

  @Override
  public OptionalLong latestNumber(final String model) throws IOException {
    return directory(model).latestNumber();
  }

  @Override
  public VersionSummary summary(final String model, final long number) throws IOException {
    return directory(model).version(number).summary(model, number);
  }

  @Override
  public List<VersionSummary> versions(final String model) throws IOException {
    final List<VersionSummary> summaries = new ArrayList<>();
    for (final long number : numbers(model)) {
      summaries.add(summary(model, number));
    }
    return List.copyOf(summaries);
  }

  @Override
  public ModelVersion read(final String model, final long number) throws IOException {
    return directory(model).version(number).read(model, number, limits);
  }

  @Override
  public ModelVersion latest(final String model) throws IOException {
    final long number =
        latestNumber(model)
            .orElseThrow(
                () ->
                    new NoSuchVersionException(
                        "model %s in %s: expected a version, found none".formatted(model, root)));
    return read(model, number);
  }

  private ModelDirectory directory(final String model) {
    return new ModelDirectory(model, root.resolve(StoreNames.require("model", model)));
  }
}
