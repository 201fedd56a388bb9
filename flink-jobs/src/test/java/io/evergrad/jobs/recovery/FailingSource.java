/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.recovery;

import io.evergrad.operators.wire.RawRecord;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Another source, of one partition, that fails as planned. */
final class FailingSource<S extends SourceSplit, E> implements Source<RawRecord, S, E> {
  private static final long serialVersionUID = 1L;

  private final Source<RawRecord, S, E> source;
  private final Plan plan;

  /**
   * When to fail. Each attempt waits some records before its failure until a checkpoint of there is
   * complete, hands on the records in between without another checkpoint, and throws in the place
   * of the next.
   *
   * @param run a name that no other run of this JVM has
   * @param failures offset of the record that is not handed on, for each failure, ascending
   * @param replayed records between the last checkpoint and the failure, at least
   */
  record Plan(String run, List<Long> failures, int replayed) implements Serializable {
    private static final Map<String, List<Attempt>> ATTEMPTS = new ConcurrentHashMap<>();

    /** Begins without an attempt, unless it is a copy that was sent to a task. */
    Plan {
      failures = List.copyOf(failures);
      ATTEMPTS.putIfAbsent(run, new CopyOnWriteArrayList<>());
    }

    /** The attempts that have ended, in order. */
    List<Attempt> attempts() {
      return ATTEMPTS.get(run);
    }

    private long failAt(final int attempt) {
      return attempt < failures.size() ? failures.get(attempt) : Long.MAX_VALUE;
    }
  }

  /**
   * What an attempt handed on.
   *
   * @param first offset of its first record
   * @param end offset after its last record
   */
  record Attempt(long first, long end) {}

  FailingSource(final Source<RawRecord, S, E> source, final Plan plan) {
    this.source = Objects.requireNonNull(source, "source");
    this.plan = Objects.requireNonNull(plan, "plan");
  }

  @Override
  public SourceReader<RawRecord, S> createReader(final SourceReaderContext context)
      throws Exception {
    return new Reader<>(source.createReader(context), plan);
  }

  @Override
  public Boundedness getBoundedness() {
    return source.getBoundedness();
  }

  @Override
  public SplitEnumerator<S, E> createEnumerator(final SplitEnumeratorContext<S> context)
      throws Exception {
    return source.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<S, E> restoreEnumerator(
      final SplitEnumeratorContext<S> context, final E checkpoint) throws Exception {
    return source.restoreEnumerator(context, checkpoint);
  }

  @Override
  public SimpleVersionedSerializer<S> getSplitSerializer() {
    return source.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<E> getEnumeratorCheckpointSerializer() {
    return source.getEnumeratorCheckpointSerializer();
  }

  /** One attempt. */
  @SuppressWarnings("try") // Flink's readers may be interrupted while they close.
  private static final class Reader<S extends SourceSplit> implements SourceReader<RawRecord, S> {
    private final SourceReader<RawRecord, S> reader;
    private final Plan plan;
    private final long failAt;
    private long first = -1;
    private long end;
    private long awaited = Long.MAX_VALUE;
    private boolean checkpointed;

    Reader(final SourceReader<RawRecord, S> reader, final Plan plan) {
      this.reader = reader;
      this.plan = plan;
      this.failAt = plan.failAt(plan.attempts().size());
    }

    @Override
    public InputStatus pollNext(final ReaderOutput<RawRecord> output) throws Exception {
      final ReaderOutput<RawRecord> failing = new Output(output);
      if (!waits()) {
        return reader.pollNext(failing);
      }
      if (!checkpointed) {
        Thread.sleep(1);
        return InputStatus.MORE_AVAILABLE;
      }
      while (true) {
        reader.pollNext(failing);
      }
    }

    private boolean waits() {
      return end >= failAt - plan.replayed();
    }

    private void pass(final RawRecord record) {
      final long offset = record.position().offset();
      if (offset == failAt) {
        throw new IllegalStateException("failed on purpose at " + record.position());
      }
      first = first < 0 ? offset : first;
      end = offset + 1;
    }

    @Override
    public void notifyCheckpointComplete(final long checkpoint) throws Exception {
      checkpointed |= checkpoint >= awaited;
      reader.notifyCheckpointComplete(checkpoint);
    }

    @Override
    public void notifyCheckpointAborted(final long checkpoint) throws Exception {
      reader.notifyCheckpointAborted(checkpoint);
    }

    @Override
    public void start() {
      reader.start();
    }

    @Override
    public List<S> snapshotState(final long checkpoint) {
      // One that was taken earlier may complete only now.
      if (waits()) {
        awaited = Math.min(awaited, checkpoint);
      }
      return reader.snapshotState(checkpoint);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return reader.isAvailable();
    }

    @Override
    public void addSplits(final List<S> splits) {
      reader.addSplits(splits);
    }

    @Override
    public void notifyNoMoreSplits() {
      reader.notifyNoMoreSplits();
    }

    @Override
    public void handleSourceEvents(final SourceEvent event) {
      reader.handleSourceEvents(event);
    }

    @Override
    public void close() throws Exception {
      plan.attempts().add(new Attempt(first, end));
      reader.close();
    }

    private final class Output implements ReaderOutput<RawRecord> {
      private final ReaderOutput<RawRecord> output;

      Output(final ReaderOutput<RawRecord> output) {
        this.output = output;
      }

      @Override
      public SourceOutput<RawRecord> createOutputForSplit(final String split) {
        return new SplitOutput(output.createOutputForSplit(split));
      }

      @Override
      public void releaseOutputForSplit(final String split) {
        output.releaseOutputForSplit(split);
      }

      @Override
      public void collect(final RawRecord record) {
        pass(record);
        output.collect(record);
      }

      @Override
      public void collect(final RawRecord record, final long timestamp) {
        pass(record);
        output.collect(record, timestamp);
      }

      @Override
      public void emitWatermark(final Watermark watermark) {
        output.emitWatermark(watermark);
      }

      @Override
      public void markIdle() {
        output.markIdle();
      }

      @Override
      public void markActive() {
        output.markActive();
      }
    }

    private final class SplitOutput implements SourceOutput<RawRecord> {
      private final SourceOutput<RawRecord> output;

      SplitOutput(final SourceOutput<RawRecord> output) {
        this.output = output;
      }

      @Override
      public void collect(final RawRecord record) {
        pass(record);
        output.collect(record);
      }

      @Override
      public void collect(final RawRecord record, final long timestamp) {
        pass(record);
        output.collect(record, timestamp);
      }

      @Override
      public void emitWatermark(final Watermark watermark) {
        output.emitWatermark(watermark);
      }

      @Override
      public void markIdle() {
        output.markIdle();
      }

      @Override
      public void markActive() {
        output.markActive();
      }
    }
  }
}
