/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.linalg.TorchModule;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * A multi-layer perceptron: layer l computes φ(W_l a + b_l), the last without φ. Its parameters are
 * W_1, b_1, W_2, b_2, …; W_l has shape units × inputs.
 *
 * <p>The backward pass is written out rather than recorded: it yields each layer's inputs a and the
 * loss's derivatives by its pre-activations, of which gradients, per-example gradients and Fisher
 * averages are all products ({@link ExampleGradients}).
 */
public final class Mlp implements Network {
  /** A pass forward, and two ways back, in one call each: most of a small step is overhead. */
  private static final TorchModule PASSES =
      TorchModule.of(
          "MlpPasses",
          """
            def activations(self: __torch__.MlpPasses, x: Tensor, p: List[Tensor], phi: int) -> List[Tensor]:
              values = annotate(List[Tensor], [])
              sums = annotate(List[Tensor], [])
              a = x
              last = len(p) // 2 - 1
              for l in range(last):
                z = torch.addmm(p[2 * l + 1], a, torch.t(p[2 * l]))
                if phi == 0:
                  a = torch.relu_(z)
                elif phi == 1:
                  a = torch.tanh_(z)
                elif phi == 2:
                  a = torch.gelu(z)
                  sums.append(z)
                else:
                  a = z
                values.append(a)
              values.append(torch.addmm(p[2 * last + 1], a, torch.t(p[2 * last])))
              return values + sums
            def before(self: __torch__.MlpPasses, d: Tensor, w: Tensor, l: int, a: Tensor, z: List[Tensor], phi: int) -> Tensor:
              g = torch.mm(d, w)
              if phi == 0:
                g = torch.threshold_backward(g, a, 0)
              elif phi == 1:
                g = torch.tanh_backward(g, a)
              elif phi == 2:
                g = torch.gelu_backward(g, z[l])
              return g
            def derivatives(self: __torch__.MlpPasses, d: Tensor, p: List[Tensor], a: List[Tensor], z: List[Tensor], phi: int) -> List[Tensor]:
              result = [d]
              l = len(a) - 1
              while l > 0:
                d = self.before(d, p[2 * l], l - 1, a[l], z, phi)
                result.insert(0, d)
                l = l - 1
              return result
            def gradient(self: __torch__.MlpPasses, d: Tensor, p: List[Tensor], a: List[Tensor], z: List[Tensor], phi: int, scale: float) -> List[Tensor]:
              d = torch.mul(d, scale)
              result = annotate(List[Tensor], [])
              l = len(a) - 1
              while l >= 0:
                result.insert(0, torch.sum(d, [0]))
                result.insert(0, torch.mm(torch.t(d), a[l]))
                if l > 0:
                  d = self.before(d, p[2 * l], l - 1, a[l], z, phi)
                l = l - 1
              return result
          """);

  private final MlpSpec spec;
  private final Symmetry symmetry;
  private final List<Layer> layers;

  /** A network of that shape. */
  public Mlp(final MlpSpec spec) {
    this.spec = spec;
    final List<Integer> sizes = spec.sizes();
    final GroupType type =
        spec.activation().odd() ? GroupType.SIGNED_PERMUTATION : GroupType.PERMUTATION;
    final SortedMap<String, Group> groups = new TreeMap<>();
    final List<Leaf> list = new ArrayList<>();
    final int layerCount = sizes.size() - 1;
    for (int l = 1; l <= layerCount; l++) {
      final String in = l == 1 ? Leaf.FREE : "hidden" + (l - 1);
      final String out = l == layerCount ? Leaf.FREE : "hidden" + l;
      if (l < layerCount) {
        groups.put(out, new Group(type, sizes.get(l)));
      }
      list.add(
          new Leaf(
              "layer" + l + ".weight", List.of(sizes.get(l), sizes.get(l - 1)), List.of(out, in)));
      list.add(new Leaf("layer" + l + ".bias", List.of(sizes.get(l)), List.of(out)));
    }
    symmetry = new Symmetry(groups, list);
    layers = IntStream.range(0, layerCount).mapToObj(l -> Layer.of(list, 2 * l, true, 1)).toList();
  }

  @Override
  public MlpSpec spec() {
    return spec;
  }

  /** The exact symmetry: each hidden layer's units, on all their tensors. */
  @Override
  public Symmetry symmetry() {
    return symmetry;
  }

  @Override
  public boolean proven() {
    return true;
  }

  @Override
  public List<Layer> layers() {
    return layers;
  }

  /**
   * Seeded initial parameters: normal weights of variance 2 / inputs before a ReLU or GELU, 1 /
   * inputs otherwise (He et al. 2015); biases zero.
   *
   * @return float32 arrays on the manager, one a leaf
   */
  @Override
  public NDList initialise(final NDManager manager, final long seed) {
    final SplittableRandom random = new SplittableRandom(seed);
    final NDList parameters = new NDList();
    for (int i = 0; i < leaves().size(); i++) {
      final Leaf leaf = leaves().get(i);
      final float[] values = new float[Math.toIntExact(leaf.count())];
      if (leaf.shape().size() == 2) {
        final boolean rectified = i < leaves().size() - 2 && !spec.activation().odd();
        final double deviation = Math.sqrt((rectified ? 2.0 : 1.0) / leaf.shape().get(1));
        for (int j = 0; j < values.length; j++) {
          values[j] = (float) (random.nextGaussian() * deviation);
        }
      }
      parameters.add(
          manager.create(
              values, new Shape(leaf.shape().stream().mapToLong(Integer::longValue).toArray())));
    }
    return parameters;
  }

  @Override
  public Pass forward(final NDArray features, final NDList parameters) {
    final NDList computed =
        PASSES
            .call("activations")
            .with(features)
            .with(parameters)
            .with(spec.activation().ordinal())
            .run(features.getManager());
    final int last = layers.size() - 1;
    final NDList inputs = new NDList(features);
    inputs.addAll(computed.subList(0, last));
    return new MlpPass(
        parameters,
        inputs,
        new NDList(computed.subList(last + 1, computed.size())),
        computed.get(last));
  }

  /**
   * What a forward pass leaves behind for the backward pass.
   *
   * @param inputs for each layer the examples' inputs a, B × inputs
   * @param sums for each hidden layer z = W a + b, B × units, if φ' is not told by φ(z); else none
   */
  private final class MlpPass implements Pass {
    private final NDList parameters;
    private final NDList inputs;
    private final NDList sums;
    private final NDArray logits;

    MlpPass(final NDList parameters, final NDList inputs, final NDList sums, final NDArray logits) {
      this.parameters = parameters;
      this.inputs = inputs;
      this.sums = sums;
      this.logits = logits;
    }

    @Override
    public NDArray logits() {
      return logits;
    }

    private TorchModule.Call back(final String method, final NDArray logitDerivative) {
      return PASSES
          .call(method)
          .with(logitDerivative)
          .with(parameters)
          .with(inputs)
          .with(sums)
          .with(spec.activation().ordinal());
    }

    @Override
    public NDList meanGradient(final NDArray logitDerivative) {
      return back("gradient", logitDerivative)
          .with(1.0 / logitDerivative.getShape().get(0))
          .run(logitDerivative.getManager());
    }

    @Override
    public ExampleGradients backward(final NDArray logitDerivative) {
      final NDList derivatives =
          back("derivatives", logitDerivative).run(logitDerivative.getManager());
      final List<Factors> factors = new ArrayList<>();
      for (int l = 0; l < inputs.size(); l++) {
        final NDArray rows = derivatives.get(l).expandDims(1);
        factors.add(new Factors(rows, inputs.get(l).expandDims(1)));
        factors.add(new Factors(rows, null));
      }
      return new ExampleGradients(leaves(), List.copyOf(factors), 1);
    }
  }
}
