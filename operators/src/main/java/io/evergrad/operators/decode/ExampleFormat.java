/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.operators.decode;

import io.evergrad.operators.state.Format;
import io.evergrad.operators.state.StateProto;
import java.io.IOException;

/** The bytes of an {@link Example} between operators. */
public final class ExampleFormat implements Format<Example> {
  private static final long serialVersionUID = 1L;

  @Override
  public int getVersion() {
    return 1;
  }

  @Override
  public byte[] serialize(final Example example) {
    return DecodedFormat.message(example).toByteArray();
  }

  @Override
  public Example deserialize(final int version, final byte[] bytes) throws IOException {
    requireVersion(version);
    return DecodedFormat.example(StateProto.LabelledExample.parseFrom(bytes));
  }
}
