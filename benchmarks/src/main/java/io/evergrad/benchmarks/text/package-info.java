/* SPDX-License-Identifier: Apache-2.0 */
/** Texts for language models, out of artefacts on the class path. */
package io.evergrad.benchmarks.text;
