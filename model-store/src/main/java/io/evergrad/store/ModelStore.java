/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;

/**
 * Immutable, numbered versions of models. Numbers begin at 1 and grow; the latest version is the
 * one with the highest number.
 *
 * <p>Stores are safe for use by many threads and many processes at once. Every method that takes a
 * model's name throws {@link IllegalArgumentException} if the name is not allowed; a model that
 * does not exist has no versions.
 */
public interface ModelStore {

  /**
   * Writes a version where no reader looks, and flushes it to disk.
   *
   * @return the handle for {@link #publish} or {@link #abort}, in this process or another
   * @throws IOException if it cannot be written; nothing is staged then
   */
  StagedVersion stage(ModelContent content) throws IOException;

  /**
   * Makes a staged version the latest one. If a version with the same key is published already, by
   * whatever process and from whatever staging, that one stays the only one and its number is
   * returned. When this method returns, the version survives a crash of the machine.
   *
   * @throws NoSuchStagedVersionException if it is neither staged nor published
   * @throws IOException if the store cannot be read or written; publishing again is safe
   */
  Publication publish(StagedVersion staged) throws IOException;

  /**
   * Drops a staged version; does nothing if it is not there (any more).
   *
   * @throws IOException if it cannot be removed
   */
  void abort(StagedVersion staged) throws IOException;

  /**
   * The versions of a model that are staged and not published.
   *
   * @return in no particular order
   */
  List<StagedVersion> staged(String model) throws IOException;

  /**
   * Removes what other jobs staged and left behind, whole or not. What {@code job} staged is never
   * touched, however old it is: a checkpoint may hold its handle. Another job's old checkpoint can
   * no longer publish what is removed here.
   *
   * @param job the job that is running
   * @param olderThan what was last written at this time or later stays
   * @return how many staged versions were removed
   */
  int removeAbandoned(String model, String job, Instant olderThan) throws IOException;

  /** Names of the models that have a version, in order. */
  List<String> models() throws IOException;

  /** Numbers of a model's versions, ascending; empty if the model does not exist. */
  List<Long> numbers(String model) throws IOException;

  /** The highest number, if the model has a version. */
  OptionalLong latestNumber(String model) throws IOException;

  /**
   * The manifest of one version, verified; the tensors are not read.
   *
   * @throws NoSuchVersionException if there is no such version
   * @throws CorruptVersionException if the checksums or the manifest are damaged
   * @throws UnsupportedVersionException if the version's format is newer than this software
   */
  VersionSummary summary(String model, long number) throws IOException;

  /**
   * The manifests of all versions, ascending by number; as {@link #summary}, for each of them.
   *
   * @throws CorruptVersionException if one of them is damaged; {@link #numbers} and {@link
   *     #summary} list the others
   */
  List<VersionSummary> versions(String model) throws IOException;

  /**
   * One version, every byte verified.
   *
   * @throws NoSuchVersionException if there is no such version
   * @throws CorruptVersionException if a file is damaged or missing, naming it
   * @throws UnsupportedVersionException if the version's format is newer than this software
   */
  ModelVersion read(String model, long number) throws IOException;

  /**
   * The version with the highest number, every byte verified.
   *
   * @throws NoSuchVersionException if the model has no version
   * @throws CorruptVersionException if a file is damaged or missing, naming it
   * @throws UnsupportedVersionException if the version's format is newer than this software
   */
  ModelVersion latest(String model) throws IOException;
}
