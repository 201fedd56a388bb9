/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.evergrad.curvature.linalg.TorchModule;
import java.util.Optional;

/**
 * The eigenvectors and eigenvalues of a positive semi-definite M that are told by what M does to an
 * orthonormal basis U: those of M U (Uᵀ M U)⁻¹ (M U)ᵀ, by the shifted and stabilised method of
 * Tropp et al. 2017, Algorithm 3. Where U is square they are M's own.
 *
 * @param basis n × r, float64, orthonormal
 * @param values r of them, float64, not negative, ascending
 */
record Nystrom(NDArray basis, NDArray values) {
  /** {@code eigen} of M U and U: U and values, or nothing. */
  static final String METHODS =
      """
        def symmetric(self: __torch__.Nystrom, m: Tensor) -> Tensor:
          return torch.mul(torch.add(m, torch.t(m)), 0.5)
        def eigen(self: __torch__.Nystrom, products: Tensor, basis: Tensor) -> List[Tensor]:
          if not bool(torch.isfinite(torch.sum(products))):
            return annotate(List[Tensor], [])
          y = torch.to(products, 7)
          u = torch.to(basis, 7)
          if torch.size(u, 0) == torch.size(u, 1):
            s, v = torch.linalg_eigh(self.symmetric(torch.matmul(y, torch.t(u))))
            return [v, torch.clamp(s, 0)]
          up = torch.add(torch.mul(torch.norm(y), 1e-06), 1e-30)
          y = torch.add(y, torch.mul(u, up))
          e, q = torch.linalg_eigh(self.symmetric(torch.matmul(torch.t(u), y)))
          b = torch.matmul(y, torch.mul(q, torch.rsqrt(torch.maximum(e, up))))
          s, w = torch.linalg_eigh(self.symmetric(torch.matmul(torch.t(b), b)))
          vectors = torch.matmul(b, torch.mul(w, torch.rsqrt(torch.maximum(s, torch.mul(up, 1e-04)))))
          if not bool(torch.isfinite(torch.sum(vectors))):
            return annotate(List[Tensor], [])
          return [vectors, torch.clamp(torch.sub(s, up), 0)]
      """;

  private static final TorchModule MODULE = TorchModule.of("Nystrom", METHODS);

  /**
   * What M U tells.
   *
   * @param products M U, n × r
   * @param basis U, n × r, orthonormal
   * @return empty if not all is finite
   */
  static Optional<Nystrom> of(final NDArray products, final NDArray basis) {
    final NDList eigen = MODULE.call("eigen").with(products).with(basis).run(products.getManager());
    return eigen.isEmpty()
        ? Optional.empty()
        : Optional.of(new Nystrom(eigen.get(0), eigen.get(1)));
  }
}
