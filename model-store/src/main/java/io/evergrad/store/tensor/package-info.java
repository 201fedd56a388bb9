/* SPDX-License-Identifier: Apache-2.0 */

/**
 * Named tensors in JVM memory and their safetensors encoding, for files and for any other byte
 * container. {@link io.evergrad.store.tensor.Safetensors} reads hostile bytes safely: every size is
 * checked before anything of that size is allocated.
 */
package io.evergrad.store.tensor;
