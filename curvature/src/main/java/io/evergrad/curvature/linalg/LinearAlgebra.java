/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Dense linear algebra that the engine has and its Java interface lacks, on whatever device the
 * arrays are. Not thread-safe: one instance a learner. Holds native memory until closed.
 */
public final class LinearAlgebra implements AutoCloseable {
  private static final String CLASS_NAME = "LinearAlgebra";
  private static final String SOURCE =
      """
      class LinearAlgebra(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def eigh(self: __torch__.LinearAlgebra, a: Tensor) -> Tuple[Tensor, Tensor]:
          values, vectors = torch.linalg_eigh(a)
          return (values, vectors)
        def qr(self: __torch__.LinearAlgebra, a: Tensor) -> Tuple[Tensor, Tensor]:
          q, r = torch.linalg_qr(a)
          return (q, r)
        def forward(self: __torch__.LinearAlgebra, a: Tensor) -> Tensor:
          return a
      """;

  private final PtNDManager manager;
  private final PtSymbolBlock module;

  /** Loads the module into the default device's engine. */
  public LinearAlgebra() {
    manager = Torch.newManager();
    try {
      module =
          JniUtils.loadModule(
              manager,
              new ByteArrayInputStream(TorchScriptArchive.of(CLASS_NAME, SOURCE)),
              false,
              false);
    } catch (final IOException e) {
      manager.close();
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Spectrum of a symmetric matrix; only its lower triangle is read.
   *
   * @param symmetric n × n, finite
   * @return eigenvalues ascending, and eigenvectors as columns, on the matrix's own manager
   */
  public Spectrum eigh(final NDArray symmetric) {
    final NDManager target = symmetric.getManager();
    try (IValue argument = IValue.from((PtNDArray) symmetric);
        IValue result = IValueUtils.runMethod(module, "eigh", argument)) {
      final IValue[] parts = result.toIValueTuple();
      try (IValue values = parts[0];
          IValue vectors = parts[1]) {
        return new Spectrum(
            values.toTensor((PtNDManager) target), vectors.toTensor((PtNDManager) target));
      }
    }
  }

  /**
   * An orthonormal basis of a square matrix's columns, in their order: Q of A = Q R (Householder).
   *
   * @param a n × n, finite
   * @return Q, on the matrix's own manager
   */
  public NDArray orthonormal(final NDArray a) {
    try (IValue argument = IValue.from((PtNDArray) a);
        IValue result = IValueUtils.runMethod(module, "qr", argument)) {
      final IValue[] parts = result.toIValueTuple();
      try (IValue q = parts[0];
          IValue r = parts[1]) {
        return q.toTensor((PtNDManager) a.getManager());
      }
    }
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }

  /**
   * Q diag(s) Qᵀ.
   *
   * @param values s, ascending, length n
   * @param vectors Q, n × n, one eigenvector a column
   */
  public record Spectrum(NDArray values, NDArray vectors) implements AutoCloseable {
    @Override
    public void close() {
      values.close();
      vectors.close();
    }
  }
}
