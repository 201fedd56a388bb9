/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.cost;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.Torch;
import java.util.SplittableRandom;

/** How fast this thread multiplies float32 matrices of n × n. Holds native memory until closed. */
final class MatMulSpeed implements AutoCloseable {
  private final NDManager manager = Torch.newManager();
  private final NDArray a;
  private final NDArray b;
  private final int n;

  MatMulSpeed(final int n) {
    this.n = n;
    final SplittableRandom random = new SplittableRandom(1);
    a = matrix(random);
    b = matrix(random);
  }

  private NDArray matrix(final SplittableRandom random) {
    final float[] values = new float[n * n];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble() - 0.5f;
    }
    return manager.create(values, new Shape(n, n));
  }

  /** Flops a second of a processor. */
  double measure() {
    return 2.0 * n * n * n / Stopwatch.time(() -> a.matMul(b).close()).cpu();
  }

  @Override
  public void close() {
    manager.close();
  }
}
