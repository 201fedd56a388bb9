/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.evergrad.curvature.blocks.BlockMatrix;
import io.evergrad.curvature.blocks.Cost;
import io.evergrad.curvature.blocks.CostModel;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.learning.LearnerSettings.Scheme;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.network.Activation;
import io.evergrad.curvature.network.Mlp;
import io.evergrad.curvature.network.MlpSpec;
import io.evergrad.curvature.network.Network;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A network of ten million parameters steps within twice the memory of its parameters and the
 * blocks that the cost model told, and renews its roots within what that told of it. Measured in a
 * JVM of its own, whose heap is fixed and touched, and whose allocator gives large arrays back, as
 * the resident set's peak over what it was when parameters, gradient and momentum were there.
 */
class LargeNetworkMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final MlpSpec SPEC =
      new MlpSpec(784, List.of(2624, 2624, 512), 10, Activation.RELU);
  private static final int BLOCK_LIMIT = 512;

  /** Whose curvature steps. */
  enum Case {
    JOINT,
    OUTPUT_AXIS,
    /** A matrix in the joint symmetry without a learning rule: its average, its power, applied. */
    BLOCK_MATRIX
  }

  @ParameterizedTest
  @EnumSource
  void peakIsWithinTwiceTheParametersAndTheBlocks(final Case what)
      throws IOException, InterruptedException {
    assumeThat(CLEAR).isWritable();
    final Network network = new Mlp(SPEC);
    assertThat(network.symmetry().count()).isGreaterThan(10_000_000);
    final long parameters = Float.BYTES * network.symmetry().count();
    final List<CostModel> models =
        Schemes.sections(
                network, what == Case.OUTPUT_AXIS ? Scheme.OUTPUT_AXIS : Scheme.JOINT, BLOCK_LIMIT)
            .stream()
            .map(section -> new CostModel(section.kinds(), DataType.FLOAT32))
            .toList();
    // The average and its inverse root.
    final long blocks =
        2
            * models.stream()
                .flatMap(model -> model.ofKinds().stream())
                .mapToLong(cost -> kept(what, cost))
                .sum();
    final long renewal =
        models.stream().map(CostModel::renewal).mapToLong(Cost::workingBytes).max().orElseThrow();

    final Map<String, Long> grown = measure(what);

    assertThat(grown.get("renewing"))
        .as("peak of a step that renews, with %,d of parameters, %,d of blocks", parameters, blocks)
        .isBetween(blocks, 2 * parameters + blocks + renewal);
    assertThat(grown.get("stepping"))
        .as("peak of a step, with %,d of parameters, %,d of blocks", parameters, blocks)
        .isBetween(parameters / 2, 2 * parameters + blocks);
  }

  /** The learning rule keeps a diagonal of large invariant kinds. */
  private static long kept(final Case what, final CostModel.KindCost cost) {
    return what != Case.BLOCK_MATRIX && BlockPreconditioner.diagonal(cost.kind())
        ? cost.blockBytes() / cost.kind().multiplicity()
        : cost.blockBytes();
  }

  private static Map<String, Long> measure(final Case what)
      throws IOException, InterruptedException {
    final ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms128m",
                "-Xmx128m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Steps.class.getName(),
                what.name())
            .redirectError(Redirect.INHERIT);
    builder
        .environment()
        .putAll(
            Map.of(
                "OMP_NUM_THREADS", "1",
                "MALLOC_ARENA_MAX", "1",
                "MALLOC_TOP_PAD_", "0",
                "MALLOC_TRIM_THRESHOLD_", "65536",
                "MALLOC_MMAP_THRESHOLD_", "65536"));
    final Process child = builder.start();
    final String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).as("exit code").isZero();
    return output
        .lines()
        .map(line -> line.split(" "))
        .collect(Collectors.toMap(words -> words[0], words -> Long.valueOf(words[1])));
  }

  /** Prints by how many bytes the resident set grew at most, in a step that renews and without. */
  static final class Steps {
    private final NDManager manager = NDManager.newBaseManager();
    private final LinearAlgebra algebra = new LinearAlgebra();
    private final Network network = new Mlp(SPEC);
    private final NDList parameters = new NDList();
    private final NDList gradient = new NDList();
    private long baseline;

    private Steps() {
      for (final var leaf : network.leaves()) {
        parameters.add(product(leaf.shape(), 3));
        gradient.add(product(leaf.shape(), 5));
      }
    }

    public static void main(final String[] arguments) throws IOException {
      final Case what = Case.valueOf(arguments[0]);
      final Steps steps = new Steps();
      if (what == Case.BLOCK_MATRIX) {
        steps.matrix();
      } else {
        steps.learn(Scheme.valueOf(what.name()));
      }
    }

    /** An outer product of waves, in place. */
    private NDArray product(final List<Integer> shape, final int wave) {
      final long[] lengths = shape.stream().mapToLong(Integer::longValue).toArray();
      final NDArray result = manager.ones(new Shape(lengths));
      for (int axis = 0; axis < lengths.length; axis++) {
        final long[] along =
            axis == lengths.length - 1 ? new long[] {lengths[axis]} : new long[] {lengths[axis], 1};
        try (NDArray positions = manager.arange(0, lengths[axis], 1, DataType.FLOAT32);
            NDArray factor = positions.muli(wave + axis).sin()) {
          result.muli(factor.reshape(new Shape(along)));
        }
      }
      return result;
    }

    private void learn(final Scheme scheme) throws IOException {
      final LearnerSettings settings =
          LearnerSettings.builder(SPEC)
              .ruleScheme(scheme)
              .blockLimit(BLOCK_LIMIT)
              .memory(0)
              .updateInterval(2)
              .build();
      final SymmetryRule rule =
          new SymmetryRule(settings, network, parameters, manager, algebra, Protector.NONE);
      rule.arrays().subList(0, parameters.size()).forEach(momentum -> momentum.addi(1).subi(1));
      begin();
      final long renewing = peak(() -> step(rule));
      step(rule);
      step(rule);
      System.out.println("renewing " + renewing);
      System.out.println("stepping " + peak(() -> step(rule)));
    }

    /** In a scope, as the learner steps. */
    private void step(final SymmetryRule rule) {
      try (NDManager scope = manager.newSubManager()) {
        scope.tempAttachAll(parameters, gradient, rule.arrays());
        rule.step(gradient, 1, 0);
      }
    }

    private void matrix() throws IOException {
      final KindDecomposition kinds =
          Schemes.sections(network, Scheme.JOINT, BLOCK_LIMIT).get(0).kinds();
      begin();
      final BlockMatrix[] average = new BlockMatrix[2];
      final long update = peak(() -> average[0] = BlockMatrix.orbitAverage(kinds, gradient));
      final long renewing = peak(() -> average[1] = average[0].power(algebra, -0.5, 1e-3));
      final long apply = peak(() -> average[1].apply(gradient).close());
      System.out.println("renewing " + Math.max(update, renewing));
      System.out.println("stepping " + Math.max(update, apply));
    }

    /** Lets libraries take what they need once, of any size of arrays. */
    private void begin() throws IOException {
      try (NDManager scope = manager.newSubManager()) {
        final NDArray wide = scope.ones(new Shape(512, 512), DataType.FLOAT64);
        algebra.eigh(wide.add(scope.eye(512)));
        final NDArray narrow = wide.toType(DataType.FLOAT32, true);
        narrow.matMul(narrow);
      }
      baseline = bytes("VmRSS");
    }

    private long peak(final Runnable work) throws IOException {
      Files.writeString(CLEAR, "5");
      work.run();
      return bytes("VmHWM") - baseline;
    }

    private static long bytes(final String field) throws IOException {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(field + ":"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }
  }
}
