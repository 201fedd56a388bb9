/* SPDX-License-Identifier: Apache-2.0 */
/** Linear algebra that the engine has and its Java interface lacks. */
package io.evergrad.curvature.linalg;
