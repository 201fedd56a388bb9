/* SPDX-License-Identifier: Apache-2.0 */
/** What tests look at a job with: its topics, its metrics. */
package io.evergrad.jobs.observe;
