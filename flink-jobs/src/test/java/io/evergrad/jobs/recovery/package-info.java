/* SPDX-License-Identifier: Apache-2.0 */
/** Tests of what failures leave: the same bits, whole versions, nothing else. */
package io.evergrad.jobs.recovery;
