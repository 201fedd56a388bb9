/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

/** What became of a raw record: understood, or refused with a reason. */
public sealed interface Decoding permits Decoded, BadRecord {}
