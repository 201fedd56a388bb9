/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.benchmarks.kernels;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.Spectra;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Matrices;
import io.evergrad.curvature.linalg.Torch;
import io.evergrad.curvature.symmetry.Group;
import io.evergrad.curvature.symmetry.GroupType;
import io.evergrad.curvature.symmetry.Leaf;
import io.evergrad.curvature.symmetry.Symmetry;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The operations of a preconditioned step on one layer of 256 units × n inputs, whose curvature is
 * averaged over the units: float32, one thread.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBenchmark {
  private static final int UNITS = 256;
  private static final double DAMPING = 1e-4;

  /** n. */
  @Param({"64", "256", "785"})
  public int inputs;

  private NDManager manager;
  private LinearAlgebra algebra;
  private KindDecomposition kinds;
  private NDArray gradient;
  private NDArray moment;
  private NDArray wide;
  private NDArray basis;

  /** Arrays. */
  @Setup(Level.Trial)
  public void open() {
    manager = Torch.newManager();
    algebra = new LinearAlgebra();
    kinds =
        new KindDecomposition(
            new Symmetry(
                new TreeMap<>(Map.of("units", new Group(GroupType.PERMUTATION, UNITS))),
                List.of(new Leaf("w", List.of(UNITS, inputs), List.of("units", Leaf.FREE)))));
    final SplittableRandom random = new SplittableRandom(1);
    final float[] values = new float[UNITS * inputs];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    gradient = manager.create(values, new Shape(UNITS, inputs));
    moment = Matrices.gram(gradient);
    wide = moment.toType(DataType.FLOAT64, true);
    basis = algebra.eigh(moment).vectors();
  }

  /** Lets go of them. */
  @TearDown(Level.Trial)
  public void close() {
    algebra.close();
    manager.close();
  }

  /** GᵀG. */
  @Benchmark
  public void gram() {
    Matrices.gram(gradient).close();
  }

  /** Spectrum in float32. */
  @Benchmark
  public void eigh() {
    algebra.eigh(moment).close();
  }

  /** Spectrum in float64. */
  @Benchmark
  public void eighWide() {
    algebra.eigh(wide).close();
  }

  /** The inverse root of a moment, as it is renewed. */
  @Benchmark
  public void dampedPower() {
    Spectra.dampedPower(algebra, moment, -0.5, DAMPING).value().close();
  }

  /** A block applied to a gradient, split into kinds and put together again. */
  @Benchmark
  public void mapRows() {
    kinds
        .mapRows(
            new NDList(gradient),
            (i, x) -> x.getShape().get(1) == inputs ? x.matMul(moment) : x.mul(1))
        .close();
  }

  /** To an eigenbasis of the inputs and back, as a proximal step goes. */
  @Benchmark
  public void pull() {
    try (NDArray along = gradient.matMul(basis);
        NDArray back = along.matMul(basis.transpose())) {
      back.getShape();
    }
  }
}
