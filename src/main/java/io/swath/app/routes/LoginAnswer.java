package io.swath.app.routes;

import java.io.IOException;
import java.io.InterruptedIOException;
import org.apache.sshd.client.future.DefaultConnectFuture;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.future.CancelOption;

/**
 * The session that a command waits for. Camel waits only so long, and does not say that it has given up; so a wait that ends
 * without a session ends this answer, too. Thread-safe.
 */
final class LoginAnswer extends DefaultConnectFuture {
    LoginAnswer(String host) {
        super(host, null);
    }

    /** Gives the session to the command; false when the command does not wait for it any more. */
    boolean offer(ClientSession session) {
        setSession(session); // has no effect when the wait has ended
        return isConnected();
    }

    @Override
    protected Object await0(long timeoutMillis, boolean interruptible, CancelOption... options)
            throws InterruptedIOException {
        try {
            return super.await0(timeoutMillis, interruptible, options);
        } finally {
            if (!isDone()) {
                setException(new IOException("no connection within " + timeoutMillis + " ms"));
            }
        }
    }
}
