/* SPDX-License-Identifier: Apache-2.0 */
/** Jobs that train each kind of network, and one's own. */
package io.evergrad.jobs.network;
