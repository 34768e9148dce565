package io.swath.app.routes;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.SocketAddress;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.future.AuthFuture;
import org.apache.sshd.client.future.ConnectFuture;
import org.apache.sshd.client.future.DefaultAuthFuture;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.future.CloseFuture;
import org.apache.sshd.common.future.DefaultCloseFuture;

/**
 * An SSH client whose connections are kept. Camel's component connects, logs in and disconnects for each command and cannot
 * keep a session; so it gets a session here that is open already, and closing it gives it back.
 *
 * <p>A session is given back only after the command's exit status has arrived. In every other case it is closed, because
 * the answer may be lost. Thread-safe.
 */
final class LoginClient extends SshClient {
    private final LoginSessions sessions;

    LoginClient(LoginSessions sessions) {
        this.sessions = sessions;
    }

    @Override
    public ConnectFuture connect(
            String user, String host, int port, AttributeRepository context, SocketAddress localAddress)
            throws IOException {
        LoginAnswer answer = new LoginAnswer(host);
        sessions.take().ifPresent(kept -> answer.setSession(lend(kept, /* loggedIn= */ true)));
        if (!answer.isDone()) {
            long started = System.nanoTime();
            List<String> versions = sessions.versions();
            super.connect(user, host, port, context, localAddress).addListener(connected -> {
                if (connected.isConnected()) {
                    sessions.add(connected.getSession(), versions, started);
                    if (!answer.offer(lend(connected.getSession(), /* loggedIn= */ false))) {
                        sessions.drop(connected.getSession());
                    }
                } else {
                    answer.setException(connected.getException());
                }
            });
        }
        return answer;
    }

    private ClientSession lend(ClientSession session, boolean loggedIn) {
        Lent lent = new Lent(session, loggedIn);
        return (ClientSession)
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {ClientSession.class}, lent::call);
    }

    /** A session during one command. */
    private final class Lent {
        private final ClientSession session;
        private final boolean loggedIn;
        private ClientChannel channel;

        Lent(ClientSession session, boolean loggedIn) {
            this.session = session;
            this.loggedIn = loggedIn;
        }

        Object call(Object proxy, Method method, Object[] arguments) throws Throwable {
            if (method.getName().equals("close")) {
                return end();
            }
            if (loggedIn && method.getName().equals("addPublicKeyIdentity")) {
                return null;
            }
            if (loggedIn && method.getName().equals("auth")) {
                AuthFuture done = new DefaultAuthFuture(session, null);
                done.setAuthed(true);
                return done;
            }
            try {
                Object result = method.invoke(session, arguments);
                if (result instanceof ClientChannel created) {
                    channel = created;
                }
                return result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }

        private CloseFuture end() {
            if (channel != null && channel.getExitStatus() != null) {
                sessions.giveBack(session);
            } else {
                sessions.drop(session);
            }
            CloseFuture closed = new DefaultCloseFuture(session, null);
            closed.setClosed();
            return closed;
        }
    }
}
