/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import io.evergrad.store.tensor.Safetensors;
import io.evergrad.store.tensor.StoredTensor;
import io.evergrad.store.tensor.TensorFormatException;
import io.evergrad.store.tensor.TensorLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files of one version, staged or published.
 *
 * @param path the directory
 */
record VersionDirectory(Path path) {

  private static final String MANIFEST = "manifest.json";
  private static final String WEIGHTS = "weights.safetensors";
  private static final String PRECONDITIONER = "preconditioner.safetensors";
  private static final String PRECISION = "precision.safetensors";
  private static final String CHECKSUMS = "SHA256SUMS";

  /** Writes a version that has no number yet, the checksums last. */
  void create(final ModelContent content) throws IOException {
    Files.createDirectory(path);
    final SortedMap<String, String> digests = new TreeMap<>();
    final byte[] manifest =
        ManifestJson.write(new VersionSummary(ManifestJson.UNPUBLISHED, content.manifest()));
    createDigested(MANIFEST, output -> output.write(manifest), digests);
    createDigested(WEIGHTS, out -> Safetensors.write(content.weights(), out), digests);
    createDigested(
        PRECONDITIONER, out -> Safetensors.write(content.preconditioner(), out), digests);
    createDigested(PRECISION, out -> Safetensors.write(content.precision(), out), digests);
    DurableFiles.syncDirectory(path);
    DurableFiles.replace(path.resolve(CHECKSUMS), ascii(new Checksums(digests)));
    DurableFiles.syncDirectory(path.getParent());
  }

  /** Whether {@link #create} came to its end. */
  boolean isWhole() {
    return Files.exists(path.resolve(CHECKSUMS));
  }

  /**
   * Enters the number into the manifest of a staged version; again, if it has one.
   *
   * @throws NoSuchFileException if the version was removed meanwhile
   */
  void number(final long number, final StagedVersion staged) throws IOException {
    final Path manifestFile = path.resolve(MANIFEST);
    final Path checksumsFile = path.resolve(CHECKSUMS);
    final Manifest manifest =
        ManifestJson.read(Files.readAllBytes(manifestFile), manifestFile).manifest();
    if (!manifest.model().equals(staged.model()) || !manifest.key().equals(staged.key())) {
      throw new CorruptVersionException(
          manifestFile,
          "expected model %s, %s, found model %s, %s"
              .formatted(staged.model(), staged.key(), manifest.model(), manifest.key()));
    }
    final byte[] numbered = ManifestJson.write(new VersionSummary(number, manifest));
    final Checksums checksums = Checksums.read(checksumsFile).with(MANIFEST, numbered);
    DurableFiles.replace(manifestFile, numbered);
    DurableFiles.replace(checksumsFile, ascii(checksums));
  }

  /** The verified manifest of a published version. */
  VersionSummary summary(final String model, final long number) throws IOException {
    return summary(model, number, Checksums.read(path.resolve(CHECKSUMS)));
  }

  /** A published version, every byte verified. */
  ModelVersion read(final String model, final long number, final TensorLimits limits)
      throws IOException {
    final Checksums checksums = Checksums.read(path.resolve(CHECKSUMS));
    checksums.verifyAll(path);
    final VersionSummary summary = summary(model, number, checksums);
    final SortedMap<String, StoredTensor> weights = tensors(WEIGHTS, checksums, limits);
    final SortedMap<String, StoredTensor> preconditioner =
        tensors(PRECONDITIONER, checksums, limits);
    final SortedMap<String, StoredTensor> precision = tensors(PRECISION, checksums, limits);
    try {
      return new ModelVersion(
          number, new ModelContent(summary.manifest(), weights, preconditioner, precision));
    } catch (final IllegalArgumentException e) {
      throw new CorruptVersionException(path.resolve(MANIFEST), e.getMessage(), e);
    }
  }

  private VersionSummary summary(final String model, final long number, final Checksums checksums)
      throws IOException {
    final Path file = path.resolve(MANIFEST);
    final byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (final NoSuchFileException e) {
      throw new CorruptVersionException(file, "missing", e);
    }
    checksums.verify(file, bytes);
    final VersionSummary summary = ManifestJson.read(bytes, file);
    if (summary.number() != number || !summary.manifest().model().equals(model)) {
      throw new CorruptVersionException(
          file,
          "expected version %d of model %s, found version %d of model %s"
              .formatted(number, model, summary.number(), summary.manifest().model()));
    }
    return summary;
  }

  private SortedMap<String, StoredTensor> tensors(
      final String name, final Checksums checksums, final TensorLimits limits) throws IOException {
    final Path file = path.resolve(name);
    if (!checksums.digests().containsKey(name)) {
      throw new CorruptVersionException(file, "expected to be listed in " + CHECKSUMS + ", is not");
    }
    try {
      return Safetensors.read(file, limits);
    } catch (final TensorFormatException e) {
      throw new CorruptVersionException(file, e.getMessage(), e);
    }
  }

  private void createDigested(
      final String name,
      final DurableFiles.Content content,
      final SortedMap<String, String> digests)
      throws IOException {
    final MessageDigest digest = Checksums.newDigest();
    DurableFiles.create(
        path.resolve(name),
        output -> {
          final OutputStream digested = new DigestOutputStream(output, digest);
          content.writeTo(digested);
        });
    digests.put(name, Checksums.hex(digest));
  }

  private static byte[] ascii(final Checksums checksums) {
    return checksums.render().getBytes(StandardCharsets.US_ASCII);
  }
}
