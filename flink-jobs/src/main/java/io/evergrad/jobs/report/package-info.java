/* SPDX-License-Identifier: Apache-2.0 */
/** What people see of a run: its live line and its report. */
package io.evergrad.jobs.report;
