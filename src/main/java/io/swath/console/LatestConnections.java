package io.swath.console;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.eclipse.jetty.io.Connection;

/**
 * Bounds how many connections are open: a further connection closes the oldest one. So connections that are held open,
 * with a request that never ends or with none, do not keep a new one out. An answer takes milliseconds, so its connection
 * is among the latest. Thread-safe.
 */
final class LatestConnections implements Connection.Listener {
    private final int most;
    private final Set<Connection> open = new LinkedHashSet<>();

    LatestConnections(int most) {
        this.most = most;
    }

    @Override
    public void onOpened(Connection connection) {
        Connection oldest = null;
        synchronized (open) {
            open.add(connection);
            if (open.size() > most) {
                Iterator<Connection> all = open.iterator();
                oldest = all.next();
                all.remove();
            }
        }
        if (oldest != null) {
            oldest.getEndPoint().close(new java.io.IOException("closed for a newer connection"));
        }
    }

    @Override
    public void onClosed(Connection connection) {
        synchronized (open) {
            open.remove(connection);
        }
    }
}
