/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of one model.
 *
 * <pre>
 * versions/00000042/                         a published version
 * staging/JOB~CHECKPOINT~SEQUENCE~ID/        a staged version
 * publications/JOB~CHECKPOINT~SEQUENCE/      empty files named by the numbers tried for a key
 * lock                                       held while publishing
 * </pre>
 *
 * <p>A number is noted under {@code publications} before the rename that gives it to a version, and
 * stays there. So if a key is published, its number is among the few that are noted for it, and no
 * search is needed to find it.
 */
final class ModelDirectory {

  private static final Pattern STAGED = Pattern.compile("([^~]+)~([0-9]+)~([0-9]+)~([^~]+)");
  private static final String REMOVED = "~removed~";

  private final String model;
  private final Path path;
  private final Path versions;
  private final Path staging;
  private final Path publications;

  ModelDirectory(final String model, final Path path) {
    this.model = model;
    this.path = path;
    this.versions = path.resolve("versions");
    this.staging = path.resolve("staging");
    this.publications = path.resolve("publications");
  }

  StagedVersion stage(final ModelContent content) throws IOException {
    DurableFiles.createDirectories(staging);
    final StagedVersion staged =
        new StagedVersion(model, content.manifest().key(), UUID.randomUUID().toString());
    try {
      directoryOf(staged).create(content);
    } catch (final IOException | RuntimeException | Error e) {
      try {
        remove(directoryOf(staged).path());
      } catch (final IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    return staged;
  }

  Publication publish(final StagedVersion staged) throws IOException {
    if (!Files.isDirectory(path)) {
      throw missing(staged);
    }
    return PublicationLock.holding(path.resolve("lock"), () -> publishLocked(staged));
  }

  private Publication publishLocked(final StagedVersion staged) throws IOException {
    DurableFiles.createDirectories(versions);
    while (true) {
      final OptionalLong published = numberOf(staged.key());
      if (published.isPresent()) {
        DurableFiles.syncDirectory(versions);
        remove(directoryOf(staged).path());
        return new Publication(Publication.Outcome.ALREADY_PUBLISHED, published.getAsLong());
      }
      final VersionDirectory directory = directoryOf(staged);
      if (!directory.isWhole()) {
        throw missing(staged);
      }
      final long number = latestNumber().orElse(0) + 1;
      note(staged.key(), number);
      if (publishAs(number, directory, staged)) {
        return new Publication(Publication.Outcome.PUBLISHED, number);
      }
    }
  }

  void abort(final StagedVersion staged) throws IOException {
    final Path directory = directoryOf(staged).path();
    if (Files.exists(directory)) {
      PublicationLock.holding(path.resolve("lock"), () -> remove(directory));
    }
  }

  List<StagedVersion> staged() throws IOException {
    try (Stream<Path> children = Files.list(staging)) {
      return children
          .filter(child -> new VersionDirectory(child).isWhole())
          .flatMap(child -> parseStaged(child).stream())
          .toList();
    } catch (final NoSuchFileException e) {
      return List.of();
    }
  }

  int removeAbandoned(final String job, final Instant olderThan) throws IOException {
    if (!Files.isDirectory(staging)) {
      return 0;
    }
    return PublicationLock.holding(
        path.resolve("lock"), () -> removeAbandonedLocked(job, olderThan));
  }

  private int removeAbandonedLocked(final String job, final Instant olderThan) throws IOException {
    final List<Path> others;
    try (Stream<Path> children = Files.list(staging)) {
      others =
          children.filter(child -> !child.getFileName().toString().startsWith(job + "~")).toList();
    }
    int removed = 0;
    for (final Path other : others) {
      if (wasWrittenBefore(other, olderThan) && remove(other)) {
        removed++;
      }
    }
    return removed;
  }

  List<Long> numbers() throws IOException {
    return VersionNumbers.in(versions);
  }

  OptionalLong latestNumber() throws IOException {
    final List<Long> numbers = numbers();
    return numbers.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(numbers.get(numbers.size() - 1));
  }

  /**
   * @throws NoSuchVersionException if there is no such version
   */
  VersionDirectory version(final long number) throws IOException {
    final VersionDirectory directory = directoryOf(number);
    if (number < 1 || !Files.exists(directory.path())) {
      final OptionalLong latest = latestNumber();
      throw new NoSuchVersionException(
          "model %s in %s: expected version %d, found %s"
              .formatted(
                  model,
                  path.getParent(),
                  number,
                  latest.isPresent() ? "none; the latest is " + latest.getAsLong() : "no version"));
    }
    return directory;
  }

  private OptionalLong numberOf(final PublicationKey key) throws IOException {
    for (final long number : VersionNumbers.in(publications.resolve(name(key)))) {
      final VersionDirectory directory = directoryOf(number);
      if (Files.exists(directory.path())
          && directory.summary(model, number).manifest().key().equals(key)) {
        return OptionalLong.of(number);
      }
    }
    return OptionalLong.empty();
  }

  private void note(final PublicationKey key, final long number) throws IOException {
    final Path notes = publications.resolve(name(key));
    DurableFiles.createDirectories(notes);
    final Path note = notes.resolve(VersionNumbers.name(number));
    if (!Files.exists(note)) {
      DurableFiles.create(note, output -> {});
    }
    DurableFiles.syncDirectory(notes);
  }

  /** Whether the version got this number; if not, another took it or removed what was staged. */
  private boolean publishAs(
      final long number, final VersionDirectory directory, final StagedVersion staged)
      throws IOException {
    final Path target = directoryOf(number).path();
    try {
      directory.number(number, staged);
      // Replaces no directory that has files in it: a version stays, even if the lock failed.
      Files.move(directory.path(), target, StandardCopyOption.ATOMIC_MOVE);
    } catch (final FileSystemException e) {
      if (Files.exists(target) || !directory.isWhole()) {
        return false;
      }
      throw e;
    }
    DurableFiles.syncDirectory(versions);
    DurableFiles.syncDirectory(staging);
    return true;
  }

  /** Renames first, so that nobody can publish what is half deleted. */
  private boolean remove(final Path directory) throws IOException {
    final Path removed = staging.resolve(REMOVED + UUID.randomUUID());
    try {
      Files.move(directory, removed, StandardCopyOption.ATOMIC_MOVE);
    } catch (final NoSuchFileException e) {
      return false;
    }
    DurableFiles.deleteTree(removed);
    return true;
  }

  private Optional<StagedVersion> parseStaged(final Path directory) {
    final Matcher matcher = STAGED.matcher(directory.getFileName().toString());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    final PublicationKey key =
        new PublicationKey(
            matcher.group(1), Long.parseLong(matcher.group(2)), Integer.parseInt(matcher.group(3)));
    return Optional.of(new StagedVersion(model, key, matcher.group(4)));
  }

  private VersionDirectory directoryOf(final StagedVersion staged) {
    return new VersionDirectory(staging.resolve(name(staged.key()) + "~" + staged.stagingId()));
  }

  private VersionDirectory directoryOf(final long number) {
    return new VersionDirectory(versions.resolve(VersionNumbers.name(number)));
  }

  private NoSuchStagedVersionException missing(final StagedVersion staged) {
    return new NoSuchStagedVersionException(
        "%s: expected a staged version, found none, and %s is not published; it was aborted or removed"
            .formatted(directoryOf(staged).path(), staged.key()));
  }

  private static String name(final PublicationKey key) {
    return key.job() + "~" + key.checkpoint() + "~" + key.sequence();
  }

  private static boolean wasWrittenBefore(final Path directory, final Instant time)
      throws IOException {
    try {
      return Files.getLastModifiedTime(directory).toInstant().isBefore(time);
    } catch (final NoSuchFileException e) {
      return false;
    }
  }
}
