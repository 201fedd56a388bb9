/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TorchModuleTest {
  private static final String LAYER =
      """
        def layer(self: __torch__.Layer, x: Tensor, p: List[Tensor], rate: float, n: int) -> List[Tensor]:
          a = x
          for i in range(n):
            a = torch.relu(torch.addmm(p[1], a, torch.t(p[0])))
          g = torch.mm(torch.t(a), x)
          return [a, torch.mul(g, rate), torch.sum(a, [0])]
        def decay(self: __torch__.Layer, p: List[Tensor], rate: float) -> List[Tensor]:
          _0 = torch.mul_(p[0], rate)
          return annotate(List[Tensor], [])
        def weighed(self: __torch__.Layer, p: List[Tensor], weights: List[float]) -> List[Tensor]:
          for i in range(len(p)):
            _0 = torch.mul_(p[i], weights[i])
          return p
        def pick(self: __torch__.Layer, rate: float, q: List[List[Tensor]], which: List[int], scale: float) -> List[Tensor]:
          _0 = torch.mul_(q[which[0]][which[1]], rate)
          return [torch.mul(q[0][0], scale)]
      """;

  private final NDManager manager = NDManager.newBaseManager("PyTorch");

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void computesWhatItsSourceSays() {
    final NDArray x = manager.create(new float[] {1, 2}, new Shape(1, 2));
    final NDArray w = manager.create(new float[] {1, 0, 0, -1}, new Shape(2, 2));
    final NDArray b = manager.create(new float[] {0.5f, 0});

    final NDList result =
        TorchModule.of("Layer", LAYER)
            .call("layer")
            .with(x)
            .with(new NDList(w, b))
            .with(2.0)
            .with(1)
            .run(manager);

    assertThat(result.get(0).toFloatArray()).containsExactly(1.5f, 0);
    assertThat(result.get(1).toFloatArray()).containsExactly(3, 6, 0, 0);
    assertThat(result.get(2).toFloatArray()).containsExactly(1.5f, 0);
  }

  @Test
  void changesArgumentsInPlace() {
    final NDArray w = manager.create(new float[] {1, 2});

    final NDList result =
        TorchModule.of("Layer", LAYER).call("decay").with(new NDList(w)).with(0.5).run(manager);

    assertThat(result).isEmpty();
    assertThat(w.toFloatArray()).containsExactly(0.5f, 1);
  }

  @Test
  void mayHaveMethodsOfAnotherAndTakesListsOfLists() {
    final String sum =
        """
          def sum(self: __torch__.Sum, q: List[List[Tensor]], rate: float) -> List[Tensor]:
            for p in q:
              _0 = self.decay(p, rate)
            return [torch.add(q[0][0], q[1][0])]
        """;
    final NDArray a = manager.create(new float[] {1, 2});
    final NDArray b = manager.create(new float[] {10, 20});

    final NDList result =
        TorchModule.of("Sum", LAYER, sum)
            .call("sum")
            .with(List.of(new NDList(a), new NDList(b)))
            .with(0.5)
            .run(manager);

    assertThat(result.singletonOrThrow().toFloatArray()).containsExactly(5.5f, 11);
    assertThat(a.toFloatArray()).containsExactly(0.5f, 1);
  }

  @Test
  void takesAListOfFloats() {
    final NDList pair = new NDList(manager.create(2f), manager.create(3f));

    TorchModule.of("Layer", LAYER)
        .call("weighed")
        .with(pair)
        .with(new double[] {0.5, -1})
        .run(manager);

    assertThat(pair.get(0).getFloat()).isEqualTo(1);
    assertThat(pair.get(1).getFloat()).isEqualTo(-3);
  }

  @Test
  void takesArgumentsThatLast() {
    final NDArray w = manager.create(new float[] {1, 2});
    final NDArray b = manager.create(new float[] {4});
    final TorchModule module = TorchModule.of("Layer", LAYER);
    try (TorchModule.Arguments lasting =
        new TorchModule.Arguments()
            .and(List.of(new NDList(w), new NDList(w, b)))
            .and(new long[] {1, 1})
            .and(3.0)) {

      module.call("pick").with(0.5).with(lasting).run(manager);
      final NDList again = module.call("pick").with(0.25).with(lasting).run(manager);

      assertThat(again.singletonOrThrow().toFloatArray()).containsExactly(3, 6);
      assertThat(b.toFloatArray()).containsExactly(0.5f);
    }
  }

  /** The engine compiles a method anew after it has watched the first calls. */
  @Test
  void givesTheSameBitsTheFirstTimeAndLater() {
    final NDArray x = random(96, 96);
    final NDList p = new NDList(random(96, 96), random(96));
    final TorchModule module = TorchModule.of("Layer", LAYER);

    final NDList first = run(module, x, p);
    for (int i = 0; i < 5; i++) {
      assertThat(run(module, x, p)).as("call %d", i + 2).isEqualTo(first);
    }
    run(module, random(7, 96), p);
    assertThat(run(module, x, p)).as("after another shape").isEqualTo(first);
    assertThat(run(TorchModule.of("Layer", LAYER), x, p)).as("another module").isEqualTo(first);
  }

  private NDList run(final TorchModule module, final NDArray x, final NDList p) {
    return module.call("layer").with(x).with(p).with(0.1).with(3).run(manager);
  }

  private NDArray random(final long... shape) {
    final SplittableRandom random = new SplittableRandom(shape[0]);
    final float[] values = new float[(int) new Shape(shape).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 8;
    }
    return manager.create(values, new Shape(shape));
  }
}
