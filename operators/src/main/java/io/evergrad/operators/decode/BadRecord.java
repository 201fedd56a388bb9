/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.operators.wire.RawRecord;
import java.util.Objects;

/**
 * A record that cannot be learned from, with all of its bytes.
 *
 * @param record as it was received
 * @param reason why, for counting
 * @param detail why, for people: what was found and what was expected
 */
public record BadRecord(RawRecord record, Reason reason, String detail) implements Decoding {

  /** Refuses what is missing. */
  public BadRecord {
    Objects.requireNonNull(record, "record");
    Objects.requireNonNull(reason, "reason");
    Objects.requireNonNull(detail, "detail");
  }

  /** Why records are refused. */
  public enum Reason {
    /** The record has no value, or an empty one. */
    NO_VALUE,
    /** The value is not a {@code StreamRecord}. */
    NOT_PROTOBUF,
    /** The value begins with an opening brace but is not JSON of the documented form. */
    NOT_JSON,
    /** Neither an example nor the end of a task. */
    NO_BODY,
    /** The task's id is too long. */
    TASK_ID,
    /** The example has no features. */
    NO_FEATURES,
    /** A declared size is negative, zero or huge. */
    BAD_SHAPE,
    /** The declared shape and the features that came do not agree. */
    SIZE_MISMATCH,
    /** The shape is not the one that the network takes. */
    WRONG_SHAPE,
    /** A feature is NaN or infinite. */
    NOT_FINITE,
    /** The network reads tokens, and a feature is not the id of one. */
    TOKEN,
    /** The label is missing, or not one of the network's classes. */
    LABEL,
    /**
     * The candidates are not different classes of the network, the label is not among them, or the
     * network makes no choice of one class.
     */
    CANDIDATES
  }
}
