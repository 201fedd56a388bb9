/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * A process that publishes until it is killed. As a job that recovers from its last checkpoint, it
 * goes on from a journal: the handle that it was about to publish is published first.
 */
final class CrashingPublisher {

  private CrashingPublisher() {}

  /**
   * @param arguments root of the store, journal file, job
   */
  public static void main(final String[] arguments) throws IOException {
    final ModelStore store = new LocalModelStore(Path.of(arguments[0]));
    final Path journal = Path.of(arguments[1]);
    final String job = arguments[2];
    long checkpoint = 0;
    if (Files.exists(journal)) {
      final List<String> lines = Files.readAllLines(journal);
      checkpoint = Long.parseLong(lines.get(0));
      publish(
          store,
          new StagedVersion(Versions.MODEL, new PublicationKey(job, checkpoint, 0), lines.get(1)));
    }
    while (true) {
      checkpoint++;
      final StagedVersion staged =
          store.stage(Versions.large(new PublicationKey(job, checkpoint, 0)));
      final Path next = journal.resolveSibling(journal.getFileName() + ".next");
      Files.writeString(next, checkpoint + "\n" + staged.stagingId() + "\n");
      Files.move(next, journal, StandardCopyOption.ATOMIC_MOVE);
      publish(store, staged);
    }
  }

  private static void publish(final ModelStore store, final StagedVersion staged)
      throws IOException {
    final long number = store.publish(staged).number();
    System.out.println("published " + staged.key().checkpoint() + " " + number);
    System.out.flush();
  }
}
