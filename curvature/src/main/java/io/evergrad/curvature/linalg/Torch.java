/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

import ai.djl.engine.Engine;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;

/** Entry to the engine, PyTorch. */
public final class Torch {
  private Torch() {}

  /**
   * A new manager on the default device. From then on the calling thread works with the number of
   * threads that the engine is set to ({@code ai.djl.pytorch.num_threads}): the engine sets a
   * thread up only where some operation of it asks, and products before that are shared among other
   * numbers of threads, and summed in another order. So what has to be the same bits must have
   * called this on the thread that it runs on.
   */
  public static PtNDManager newManager() {
    final PtNDManager manager = (PtNDManager) Engine.getEngine("PyTorch").newBaseManager();
    JniUtils.getNumThreads();
    return manager;
  }
}
