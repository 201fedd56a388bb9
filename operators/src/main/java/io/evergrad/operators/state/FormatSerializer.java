/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.state;

import java.io.IOException;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.util.InstantiationUtil;

/**
 * Frames what a {@link Format} writes: version, length, bytes. Values are immutable, so copies are
 * the values themselves and object reuse is safe.
 *
 * @param <T> the type of the values
 */
public final class FormatSerializer<T> extends TypeSerializer<T> {
  private static final long serialVersionUID = 1L;

  private final Format<T> format;

  FormatSerializer(final Format<T> format) {
    this.format = Objects.requireNonNull(format, "format");
  }

  @Override
  public boolean isImmutableType() {
    return true;
  }

  @Override
  public TypeSerializer<T> duplicate() {
    return this;
  }

  @Override
  public T createInstance() {
    return null;
  }

  @Override
  public T copy(final T from) {
    return from;
  }

  @Override
  public T copy(final T from, final T reuse) {
    return from;
  }

  @Override
  public int getLength() {
    return -1;
  }

  @Override
  public void serialize(final T value, final DataOutputView target) throws IOException {
    final byte[] bytes = format.serialize(value);
    target.writeInt(format.getVersion());
    target.writeInt(bytes.length);
    target.write(bytes);
  }

  @Override
  public T deserialize(final DataInputView source) throws IOException {
    final int version = source.readInt();
    final byte[] bytes = new byte[length(source)];
    source.readFully(bytes);
    return format.deserialize(version, bytes);
  }

  @Override
  public T deserialize(final T reuse, final DataInputView source) throws IOException {
    return deserialize(source);
  }

  @Override
  public void copy(final DataInputView source, final DataOutputView target) throws IOException {
    target.writeInt(source.readInt());
    final int length = length(source);
    target.writeInt(length);
    target.write(source, length);
  }

  private static int length(final DataInputView source) throws IOException {
    final int length = source.readInt();
    if (length < 0) {
      throw new IOException("length " + length + " of a framed value: expected at least 0");
    }
    return length;
  }

  @Override
  public boolean equals(final Object other) {
    return other instanceof FormatSerializer<?> that && format.getClass() == that.format.getClass();
  }

  @Override
  public int hashCode() {
    return format.getClass().hashCode();
  }

  @Override
  public TypeSerializerSnapshot<T> snapshotConfiguration() {
    return new Snapshot<>(format);
  }

  /**
   * Names the format by its class; the versions of what it wrote are in the frames.
   *
   * @param <T> the type of the values
   */
  public static final class Snapshot<T> implements TypeSerializerSnapshot<T> {
    private Format<T> format;

    /** For Flink, which then calls {@link #readSnapshot}. */
    public Snapshot() {}

    private Snapshot(final Format<T> format) {
      this.format = format;
    }

    @Override
    public int getCurrentVersion() {
      return 1;
    }

    @Override
    public void writeSnapshot(final DataOutputView out) throws IOException {
      out.writeUTF(format.getClass().getName());
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public void readSnapshot(
        final int version, final DataInputView in, final ClassLoader classLoader)
        throws IOException {
      final Class<Format> type =
          InstantiationUtil.resolveClassByName(in, classLoader, Format.class);
      format = InstantiationUtil.instantiate(type);
    }

    @Override
    public TypeSerializer<T> restoreSerializer() {
      return new FormatSerializer<>(format);
    }

    @Override
    public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
        final TypeSerializerSnapshot<T> old) {
      return old instanceof Snapshot<T> that && that.format.getClass() == format.getClass()
          ? TypeSerializerSchemaCompatibility.compatibleAsIs()
          : TypeSerializerSchemaCompatibility.incompatible();
    }
  }
}
