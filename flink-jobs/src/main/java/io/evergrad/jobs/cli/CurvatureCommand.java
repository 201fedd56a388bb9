/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.evergrad.curvature.blocks.Cost;
import io.evergrad.curvature.blocks.CostModel;
import io.evergrad.curvature.blocks.GeometricMean;
import io.evergrad.curvature.blocks.OrbitAverages;
import io.evergrad.curvature.kinds.Kind;
import io.evergrad.curvature.kinds.KindDecomposition;
import io.evergrad.curvature.linalg.LinearAlgebra;
import io.evergrad.curvature.linalg.Torch;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code evergrad curvature}: the orbit averages of a small network, written out. */
@Command(
    name = "curvature",
    mixinStandardHelpOptions = true,
    description = {
      "Averages the weights and gradients of a small network over its declared symmetry.",
      "Prints as JSON, in float64: r1_w, r1_g (invariant parts), s_w, s_g, second_moment (orbit"
          + " averages of second moments), h_eq11 (the square root of s_g), h_eq11_pinv_g0 (its"
          + " pseudo-inverse times the first gradient without its invariant part), and kinds (label,"
          + " dimension d, multiplicity m). cost tells what a float32 curvature of this declaration"
          + " takes: for each kind and in all, bytes of the block, and flops, bytes moved and bytes"
          + " held at a time of an update, an application and the renewal of an inverse root."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed; the reason is on stderr", "2:wrong arguments"})
final class CurvatureCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description = {
        "JSON object with groups ({id: {type, size}}), leaves ([{name, shape, axes}]), w (N numbers)"
            + " and gradients (k lists of N numbers); parameters are listed leaf after leaf,"
            + " row-major. N is at most 2000. Other fields are skipped."
      })
  private Path file;

  /** A result as it is printed: a flat list, or a list of rows. */
  private record Result(double[] values, int columns, boolean flat) {
    static Result list(final NDArray row) {
      return new Result(row.toDoubleArray(), (int) row.size(), true);
    }

    static Result rows(final NDArray matrix) {
      return new Result(matrix.toDoubleArray(), (int) matrix.getShape().get(1), false);
    }

    void write(final JsonGenerator json) throws IOException {
      if (flat) {
        json.writeArray(values, 0, columns);
        return;
      }
      json.writeStartArray();
      for (int first = 0; first < values.length; first += columns) {
        json.writeArray(values, first, columns);
      }
      json.writeEndArray();
    }
  }

  @Override
  public Integer call() throws IOException {
    final CurvatureProblem problem = CurvatureProblem.read(file);
    final KindDecomposition kinds = new KindDecomposition(problem.symmetry());
    final Map<String, Result> results = new LinkedHashMap<>();
    final List<Kind> fallenBack = new ArrayList<>();
    try (NDManager manager = Torch.newManager();
        LinearAlgebra algebra = new LinearAlgebra()) {
      final int count = problem.weights().length;
      final NDArray w = manager.create(problem.weights(), new Shape(1, count));
      final NDArray g =
          manager.create(problem.gradients(), new Shape(problem.gradients().length / count, count));
      final OrbitAverages averages = new OrbitAverages(kinds, algebra);
      results.put("r1_w", Result.list(averages.r1(w)));
      results.put("r1_g", Result.rows(averages.r1(g)));
      results.put("s_w", Result.rows(averages.ofDeltas(w).dense()));
      results.put("s_g", Result.rows(averages.ofDeltas(g).dense()));
      results.put("second_moment", Result.rows(averages.secondMoment(g).dense()));
      results.put("h_eq11", Result.rows(averages.eq11(g).dense()));
      results.put("h_eq11_pinv_g0", Result.list(averages.ofFirst(averages.eq11Inverse(g), g)));
      final GeometricMean eq10 = averages.eq10(w, g);
      results.put("h_eq10", Result.rows(eq10.curvature().dense()));
      results.put("h_eq10_pinv_g0", Result.list(averages.ofFirst(averages.inverse(eq10), g)));
      fallenBack.addAll(eq10.fallenBack());
    }
    print(results, new CostModel(kinds, DataType.FLOAT32), fallenBack);
    return Evergrad.DONE;
  }

  private void print(
      final Map<String, Result> results, final CostModel model, final List<Kind> fallenBack)
      throws IOException {
    final PrintWriter out = spec.commandLine().getOut();
    try (JsonGenerator json =
        JsonMapper.builder()
            .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
            .build()
            .createGenerator(out)) {
      json.writeStartObject();
      for (final Map.Entry<String, Result> result : results.entrySet()) {
        json.writeFieldName(result.getKey());
        result.getValue().write(json);
      }
      json.writeArrayFieldStart("kinds");
      for (final CostModel.KindCost kindCost : model.ofKinds()) {
        final Kind kind = kindCost.kind();
        json.writeStartObject();
        json.writeStringField("label", kind.label());
        json.writeNumberField("d", kind.dimension());
        json.writeNumberField("m", kind.multiplicity());
        json.writeNumberField("members", kind.members());
        json.writeBooleanField("eq10", !fallenBack.contains(kind));
        write(json, kindCost.blockBytes(), kindCost.update(), kindCost.apply(), kindCost.renewal());
        json.writeEndObject();
      }
      json.writeEndArray();
      write(json, model.blockBytes(), model.update(), model.apply(), model.renewal());
      json.writeEndObject();
    }
    out.println();
    out.flush();
  }

  private static void write(
      final JsonGenerator json,
      final long blockBytes,
      final Cost update,
      final Cost apply,
      final Cost renewal)
      throws IOException {
    json.writeObjectFieldStart("cost");
    json.writeNumberField("block_bytes", blockBytes);
    write(json, "update", update);
    write(json, "apply", apply);
    write(json, "renewal", renewal);
    json.writeEndObject();
  }

  private static void write(final JsonGenerator json, final String operation, final Cost cost)
      throws IOException {
    json.writeObjectFieldStart(operation);
    json.writeNumberField("flops", cost.flops());
    json.writeNumberField("moved_bytes", cost.movedBytes());
    json.writeNumberField("working_bytes", cost.workingBytes());
    json.writeEndObject();
  }
}
