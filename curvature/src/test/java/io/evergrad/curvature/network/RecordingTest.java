/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import io.evergrad.curvature.network.ExampleGradients.Factors;
import io.evergrad.curvature.symmetry.Leaf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordingTest {
  private static final Leaf TABLE = new Leaf("table", List.of(2, 3), List.of(Leaf.FREE, Leaf.FREE));

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void agreesWithDerivativesThatAreWrittenOut(final Activation activation) {
    final MlpSpec spec = new MlpSpec(3, List.of(4, 5), 3, activation);
    final NetworkFixture fixture = new NetworkFixture(manager, spec);

    final Pass recorded = recorded(fixture, spec);

    final Pass written = fixture.network.forward(fixture.features, fixture.parameters);
    assertThat(recorded.logits().toDoubleArray()).isEqualTo(written.logits().toDoubleArray());
    final NDArray derivative = fixture.derivative(written);
    final ExampleGradients found = recorded.backward(derivative);
    final ExampleGradients expected = written.backward(derivative);
    for (int leaf = 0; leaf < fixture.parameters.size(); leaf++) {
      final Factors factors = found.factors().get(leaf);
      assertThat(factors.rows().toDoubleArray())
          .containsExactly(expected.factors().get(leaf).rows().toDoubleArray(), within(1e-14));
      assertThat(factors.columns() == null).isEqualTo(leaf % 2 == 1);
      if (factors.columns() != null) {
        assertThat(factors.columns().toDoubleArray())
            .isEqualTo(expected.factors().get(leaf).columns().toDoubleArray());
      }
    }
  }

  private static Pass recorded(final NetworkFixture fixture, final MlpSpec spec) {
    final Recording recording = new Recording(fixture.network.leaves(), fixture.parameters, 1);
    NDArray a = fixture.features.expandDims(1);
    for (int l = 0; l <= spec.hidden().size(); l++) {
      final NDArray z = recording.affine(fixture.network.layers().get(l), a);
      a = l < spec.hidden().size() ? spec.activation().apply(z) : z;
    }
    return recording.pass(a.squeeze(1));
  }

  /** y = W Wᵀ x, W being the table: d/dW of s·y is s (Wᵀx)ᵀ + x (Wᵀs)ᵀ. */
  @Test
  void addsUpTheWaysInWhichALeafEnters() {
    final NDArray w = manager.create(new double[] {1, -2, 3, 0.5, 4, -1}, new Shape(2, 3));
    final NDArray x = manager.create(new double[] {2, -3, 1, 5}, new Shape(2, 1, 2));
    final Recording recording = new Recording(List.of(TABLE), new NDList(w), 1);
    final NDArray narrow = recording.embed(0, x, 2);
    final NDArray y = recording.affine(Layer.of(List.of(TABLE), 0, false, 1), narrow);
    final Pass pass = recording.pass(y.reshape(new Shape(2, 2)));
    final double[] s = {1, 2, -1, 0.5};

    final ExampleGradients gradients = pass.backward(manager.create(s, new Shape(2, 2)));

    assertThat(gradients.factors().get(0).places()).isEqualTo(2);
    for (int i = 0; i < 2; i++) {
      final NDArray xi = x.get(i).transpose();
      final NDArray si = manager.create(new double[] {s[2 * i], s[2 * i + 1]}, new Shape(2, 1));
      final NDArray expected =
          si.matMul(xi.transpose().matMul(w)).add(xi.matMul(si.transpose().matMul(w)));
      assertThat(gradients.perExample(i, i + 1).get(0).toDoubleArray())
          .containsExactly(expected.toDoubleArray(), within(1e-14));
    }
  }

  @Test
  void addsUpVectors() {
    final Leaf leaf = new Leaf("gain", List.of(2), List.of(Leaf.FREE));
    final NDArray gain = manager.create(new double[] {3, -2});
    final NDArray x = manager.create(new double[] {2, -3, 1, 5}, new Shape(2, 1, 2));
    final Recording recording = new Recording(List.of(leaf), new NDList(gain), 1);
    final NDArray y = recording.scale(0, -1, recording.scale(0, -1, x));
    final Pass pass = recording.pass(y.reshape(new Shape(2, 2)));

    final ExampleGradients gradients =
        pass.backward(manager.ones(new Shape(2, 2)).toType(x.getDataType(), false));

    assertThat(gradients.perExample(0, 2).get(0).toDoubleArray())
        .containsExactly(2 * 3 * 2, 2 * -2 * -3, 2 * 3 * 1, 2 * -2 * 5);
  }

  /** What the engine keeps for the pass back must not lie in memory that Java takes back. */
  @ParameterizedTest
  @MethodSource("specs")
  void keepsWhatThePassBackNeeds(final NetworkSpec spec) {
    final NetworkFixture fixture = new NetworkFixture(manager, spec);
    final double[] expected = fixture.gradients().mean().get(0).toDoubleArray();
    final Pass pass = fixture.network.forward(fixture.features, fixture.parameters);
    System.gc();
    final List<ByteBuffer> overwriting = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      overwriting.add(ByteBuffer.allocateDirect(8).putDouble(1e9));
    }

    final NDList mean = pass.backward(fixture.derivative(pass)).mean();

    assertThat(overwriting).hasSize(20_000);
    assertThat(mean.get(0).toDoubleArray()).isEqualTo(expected);
  }

  static Stream<NetworkSpec> specs() {
    return NetworkFixture.specs();
  }

  @Test
  void leavesTheDerivativeAsItIs() {
    final NetworkFixture fixture =
        new NetworkFixture(
            manager, new ConvolutionalSpec(1, 2, 2, List.of(), 1, 1, 3, Activation.RELU));
    final Pass pass = fixture.network.forward(fixture.features, fixture.parameters);
    final NDArray derivative = fixture.derivative(pass);
    final double[] before = derivative.toDoubleArray();

    pass.backward(derivative);
    pass.backward(derivative);

    assertThat(derivative.toDoubleArray()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void leavesTheThreadsModeAsItIs(final boolean mode) {
    final boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(mode);
    try {
      final NetworkSpec spec = new RecurrentSpec(2, 2, List.of(3), 2, Activation.TANH);
      final ExampleGradients gradients = new NetworkFixture(manager, spec).gradients();

      assertThat(gradients.mean().get(0).abs().max().getDouble()).isPositive();
      assertThat(JniUtils.isGradMode()).isEqualTo(mode);
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws InterruptedException, ExecutionException {
    final List<NetworkSpec> specs = NetworkFixture.families().toList();
    final List<List<double[]>> expected = new ArrayList<>();
    for (final NetworkSpec spec : specs) {
      expected.add(gradients(spec));
    }
    final CyclicBarrier together = new CyclicBarrier(specs.size());
    final ExecutorService threads = Executors.newFixedThreadPool(specs.size());
    try {
      final List<Callable<List<double[]>>> runs = new ArrayList<>();
      for (final NetworkSpec spec : specs) {
        runs.add(
            () -> {
              together.await();
              List<double[]> last = List.of();
              for (int i = 0; i < 20; i++) {
                last = gradients(spec);
              }
              return last;
            });
      }
      final List<Future<List<double[]>>> found = threads.invokeAll(runs);
      for (int i = 0; i < specs.size(); i++) {
        final List<double[]> gradients = found.get(i).get();
        for (int leaf = 0; leaf < gradients.size(); leaf++) {
          assertThat(gradients.get(leaf)).isEqualTo(expected.get(i).get(leaf));
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<double[]> gradients(final NetworkSpec spec) {
    try (NDManager scope = NDManager.newBaseManager()) {
      return new NetworkFixture(scope, spec)
          .gradients().mean().stream().map(NDArray::toDoubleArray).toList();
    }
  }
}
