/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.curvature.network.NetworkSpec;
import io.evergrad.operators.decode.BadRecord.Reason;
import io.evergrad.operators.state.FormatTypeInfo;
import io.evergrad.operators.wire.RawRecord;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Decodes raw records. What is refused goes to the side output {@link #BAD_RECORDS} and is counted:
 * metric {@code badRecords}, and the same name under {@code reason}.
 */
public final class DecodeFunction extends ProcessFunction<RawRecord, Decoded> {
  private static final long serialVersionUID = 1L;

  /** The refused ones. */
  public static final OutputTag<BadRecord> BAD_RECORDS =
      new OutputTag<>("bad-records", new FormatTypeInfo<>(BadRecord.class, new BadRecordFormat()));

  private final NetworkSpec network;
  private transient RecordDecoder decoder;
  private transient Counter bad;
  private transient Map<Reason, Counter> byReason;

  /** Decodes examples for a network. */
  public DecodeFunction(final NetworkSpec network) {
    this.network = Objects.requireNonNull(network, "network");
  }

  @Override
  public void open(final OpenContext context) {
    decoder = new RecordDecoder(network);
    final MetricGroup metrics = getRuntimeContext().getMetricGroup();
    bad = metrics.counter("badRecords");
    byReason = new EnumMap<>(Reason.class);
    for (final Reason reason : Reason.values()) {
      byReason.put(reason, metrics.addGroup("reason", reason.name()).counter("badRecords"));
    }
  }

  @Override
  public void processElement(
      final RawRecord record, final Context context, final Collector<Decoded> out) {
    final Decoding decoding = decoder.decode(record);
    if (decoding instanceof Decoded decoded) {
      out.collect(decoded);
    } else if (decoding instanceof BadRecord refused) {
      bad.inc();
      byReason.get(refused.reason()).inc();
      context.output(BAD_RECORDS, refused);
    }
  }
}
