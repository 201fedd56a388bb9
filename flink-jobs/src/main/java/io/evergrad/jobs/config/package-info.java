/* SPDX-License-Identifier: Apache-2.0 */
/** What can be configured, where from, and what it turns into. */
package io.evergrad.jobs.config;
