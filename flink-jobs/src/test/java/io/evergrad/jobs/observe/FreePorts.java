/* SPDX-License-Identifier: Apache-2.0 */
package io.evergrad.jobs.observe;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/** Ports of the loopback interface that nobody listens on. */
public final class FreePorts {
  private FreePorts() {}

  /** Different ones, free a moment ago. */
  public static List<Integer> take(final int count) throws IOException {
    final List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (final ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }
}
