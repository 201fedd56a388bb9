/* SPDX-License-Identifier: Apache-2.0 */

/**
 * The model store: immutable, numbered versions of a model's weights, preconditioner and precision.
 *
 * <p>A version is first {@linkplain io.evergrad.store.ModelStore#stage staged}, which writes and
 * flushes all of it where nobody reads, then {@linkplain io.evergrad.store.ModelStore#publish
 * published}, which gives it the next number by one atomic rename. So what is listed is whole,
 * whenever the process or the machine stops. Publication is idempotent by {@link
 * io.evergrad.store.PublicationKey}, and a {@link io.evergrad.store.StagedVersion} is a small value
 * that another process can publish. Reading verifies every byte against the version's checksums.
 *
 * <p>{@link io.evergrad.store.ModelContent} is what a caller stages, {@link
 * io.evergrad.store.ModelVersion} what it reads back, {@link io.evergrad.store.Manifest} says where
 * the tensors come from, and {@link io.evergrad.store.LocalModelStore} keeps it all in a directory.
 * Tensors and their encoding are in {@link io.evergrad.store.tensor}.
 */
package io.evergrad.store;
