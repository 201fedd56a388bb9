/* SPDX-License-Identifier: Apache-2.0 */
/** From raw records to examples, or to the dead-letter topic. */
package io.evergrad.operators.decode;
