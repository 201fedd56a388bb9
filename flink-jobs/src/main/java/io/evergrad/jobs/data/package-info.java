/* SPDX-License-Identifier: Apache-2.0 */
/** Sets of labelled images, in the IDX format or bundled. */
package io.evergrad.jobs.data;
