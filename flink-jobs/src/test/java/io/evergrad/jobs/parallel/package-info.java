/* SPDX-License-Identifier: Apache-2.0 */
/** Several learners of one model. */
package io.evergrad.jobs.parallel;
