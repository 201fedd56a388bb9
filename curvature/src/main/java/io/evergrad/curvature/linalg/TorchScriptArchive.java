/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.curvature.linalg;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes a TorchScript module without parameters from readable source, as {@code torch.jit.save}
 * would: a zip of the source, a pickled empty instance and a version. It is how operations that the
 * engine has but its Java interface lacks are reached without Python.
 */
final class TorchScriptArchive {
  private static final String ROOT = "linalg/";
  private static final byte[] EMPTY_TUPLE_PICKLE = {(byte) 0x80, 2, ')', '.'};

  private TorchScriptArchive() {}

  /**
   * The archive of a module.
   *
   * @param className simple name of the class that {@code source} declares
   * @param source TorchScript source of {@code class className(Module)}
   */
  static byte[] of(final String className, final String source) {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "data.pkl", instancePickle(className));
      store(zip, "code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      store(zip, "constants.pkl", EMPTY_TUPLE_PICKLE);
      store(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Protocol 2: an instance of the class whose state is {@code {"training": True}}. */
  private static byte[] instancePickle(final String className) throws IOException {
    final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(new byte[] {(byte) 0x80, 2});
    pickle.write(("c__torch__\n" + className + "\n").getBytes(StandardCharsets.US_ASCII));
    pickle.write(new byte[] {')', (byte) 0x81, '}', '('});
    final byte[] attribute = "training".getBytes(StandardCharsets.US_ASCII);
    pickle.write(new byte[] {'X', (byte) attribute.length, 0, 0, 0});
    pickle.write(attribute);
    pickle.write(new byte[] {(byte) 0x88, 'u', 'b', '.'});
    return pickle.toByteArray();
  }

  /** Entries are stored, not deflated: the engine maps them as they lie. */
  private static void store(final ZipOutputStream zip, final String name, final byte[] content)
      throws IOException {
    final CRC32 checksum = new CRC32();
    checksum.update(content);
    final ZipEntry entry = new ZipEntry(ROOT + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(checksum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
