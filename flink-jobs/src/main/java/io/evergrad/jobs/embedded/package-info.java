/* SPDX-License-Identifier: Apache-2.0 */
/** What a cluster would offer, in this JVM. */
package io.evergrad.jobs.embedded;
