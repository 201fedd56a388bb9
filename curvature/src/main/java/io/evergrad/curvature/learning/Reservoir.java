/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.learning;

import io.evergrad.curvature.network.Candidates;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A few examples of the whole stream, for replay (Chaudhry et al. 2019, "On tiny episodic memories
 * in continual learning"): each example seen so far is in it with the same probability (Vitter
 * 1985, Algorithm R). Which are kept depends on the seed and on the stream only. In JVM memory.
 */
final class Reservoir {
  private static final long KEEPING = 0xC2B2AE3D27D4EB4FL;
  private static final long DRAWING = 0x165667B19E3779F9L;

  private static final String CANDIDATES = "replay.candidates";

  private final int width;
  private final int words;
  private final long seed;
  private final float[] features;
  private final long[] labels;
  private final Candidates[] candidates;
  private final long[] tasks;
  private long seen;

  /**
   * @param capacity examples, at least 1
   * @param width features of one
   * @param classes of the network
   */
  Reservoir(final int capacity, final int width, final int classes, final long seed) {
    this.width = width;
    words = (classes + Long.SIZE - 1) / Long.SIZE;
    this.seed = seed;
    features = new float[Math.multiplyExact(capacity, width)];
    labels = new long[capacity];
    candidates = new Candidates[capacity];
    Arrays.fill(candidates, Candidates.ALL);
    tasks = new long[capacity];
  }

  /** Offers examples of a task. */
  void offer(final MicroBatch batch, final long task) {
    for (int i = 0; i < batch.size(); i++, seen++) {
      final long slot = seen < labels.length ? seen : random(KEEPING, seen).nextLong(seen + 1);
      if (slot < labels.length) {
        final int kept = (int) slot;
        batch.rows().copyTo(i, features, kept * width);
        labels[kept] = batch.labels()[i];
        candidates[kept] =
            batch.candidates().isEmpty() ? Candidates.ALL : batch.candidates().get(i);
        tasks[kept] = task;
      }
    }
  }

  /**
   * Different examples of earlier tasks, each as likely as any other.
   *
   * @param most how many, if there are as many
   * @param task the current task
   * @param step of the draw
   * @return empty if it holds none
   */
  Optional<MicroBatch> draw(final int most, final long task, final long step) {
    final int[] past = new int[(int) Math.min(seen, labels.length)];
    int count = 0;
    for (int slot = 0; slot < past.length; slot++) {
      if (tasks[slot] < task) {
        past[count++] = slot;
      }
    }
    final int size = Math.min(most, count);
    if (size == 0) {
      return Optional.empty();
    }
    final SplittableRandom random = random(DRAWING, step);
    final float[] drawn = new float[size * width];
    final int[] drawnLabels = new int[size];
    final List<Candidates> drawnCandidates = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      final int chosen = random.nextInt(i, count);
      final int slot = past[chosen];
      past[chosen] = past[i];
      System.arraycopy(features, slot * width, drawn, i * width, width);
      drawnLabels[i] = (int) labels[slot];
      drawnCandidates.add(candidates[slot]);
    }
    return Optional.of(new MicroBatch(drawn, drawnLabels, drawnCandidates, size, width));
  }

  private SplittableRandom random(final long purpose, final long count) {
    return new SplittableRandom((seed ^ purpose) * 0x9E3779B97F4A7C15L + count);
  }

  /** The state by name; candidates are in it if an example has any. */
  SortedMap<String, HostTensor> state() {
    final SortedMap<String, HostTensor> state = new TreeMap<>();
    state.put("replay.features", TensorCopies.ofFloats(features, labels.length, width));
    state.put("replay.labels", TensorCopies.ofLongs(labels));
    state.put("replay.tasks", TensorCopies.ofLongs(tasks));
    state.put("replay.seen", TensorCopies.ofLong(seen));
    if (!Arrays.stream(candidates).allMatch(Candidates::isAll)) {
      state.put(
          CANDIDATES,
          TensorCopies.ofLongs(
              Arrays.stream(candidates)
                  .flatMapToLong(c -> Arrays.stream(c.words(words)))
                  .toArray()));
    }
    return state;
  }

  /**
   * Goes on from a state.
   *
   * @throws IllegalArgumentException if a tensor is missing or of another shape, naming it
   */
  void restore(final Map<String, HostTensor> state) {
    TensorCopies.floatsAt(state, "replay.features", features, labels.length, width);
    TensorCopies.longsAt(state, "replay.labels", labels);
    TensorCopies.longsAt(state, "replay.tasks", tasks);
    seen = TensorCopies.longAt(state, "replay.seen");
    final long[] bits = new long[Math.multiplyExact(candidates.length, words)];
    if (state.containsKey(CANDIDATES)) {
      TensorCopies.longsAt(state, CANDIDATES, bits);
    }
    for (int i = 0; i < candidates.length; i++) {
      candidates[i] = Candidates.ofWords(Arrays.copyOfRange(bits, i * words, (i + 1) * words));
    }
  }
}
