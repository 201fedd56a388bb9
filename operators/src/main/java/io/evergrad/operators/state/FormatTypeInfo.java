/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.state;

import java.util.Objects;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * Tells Flink to write an immutable type by a {@link Format}.
 *
 * @param <T> the type
 */
public final class FormatTypeInfo<T> extends TypeInformation<T> {
  private static final long serialVersionUID = 1L;

  private final Class<T> type;
  private final Format<T> format;

  /** Type information of a type and its format. */
  public FormatTypeInfo(final Class<T> type, final Format<T> format) {
    this.type = Objects.requireNonNull(type, "type");
    this.format = Objects.requireNonNull(format, "format");
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public Class<T> getTypeClass() {
    return type;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public TypeSerializer<T> createSerializer(final SerializerConfig config) {
    return new FormatSerializer<>(format);
  }

  @Override
  public String toString() {
    return type.getSimpleName();
  }

  @Override
  public boolean equals(final Object other) {
    return other instanceof FormatTypeInfo<?> that
        && type == that.type
        && format.getClass() == that.format.getClass();
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, format.getClass());
  }

  @Override
  public boolean canEqual(final Object other) {
    return other instanceof FormatTypeInfo;
  }
}
