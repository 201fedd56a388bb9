/* SPDX-License-Identifier: Apache-2.0 */
/** The command line: one class for each subcommand. */
package io.evergrad.jobs.cli;
