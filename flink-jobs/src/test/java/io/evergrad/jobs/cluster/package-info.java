/* SPDX-License-Identifier: Apache-2.0 */
/** The deployment's topology with real processes, on one machine and without containers. */
package io.evergrad.jobs.cluster;
