package io.swath.app.routes;

import io.swath.cluster.ClusterException;
import io.swath.cluster.UnreachableException;
import io.swath.cluster.slurm.Command;
import io.swath.cluster.slurm.CommandResult;
import io.swath.cluster.slurm.CommandRunner;
import io.swath.cluster.slurm.LoginNode;
import io.swath.cluster.slurm.ShellLine;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.ssh.SshConstants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs commands on the login node, through the route {@code login-node}.
 *
 * <p>The route waits for the end of a command without a limit. Therefore {@code timeout} ends the command on the login
 * node, and the deadline here stops the wait for it and closes the command's session, which frees the thread that waits.
 * Sessions are kept between commands ({@link LoginClient}). A session that breaks during a command is a lost answer.
 * Thread-safe.
 */
public final class SshRunner implements CommandRunner, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SshRunner.class);
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final LoginNode loginNode;
    private final Duration grace;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "login-node");
        thread.setDaemon(true);
        return thread;
    });
    private volatile LoginSessions sessions;
    private volatile ProducerTemplate route;

    public SshRunner(LoginNode loginNode) {
        this(loginNode, GRACE);
    }

    /** @param grace how long after its deadline a command's answer is waited for */
    SshRunner(LoginNode loginNode, Duration grace) {
        this.loginNode = loginNode;
        this.grace = grace;
    }

    /** Has to be called before the first command, when the routes run. */
    public void use(CamelContext camel) {
        sessions = camel.getRegistry()
                .lookupByNameAndType(SshClients.NAME, SshClients.class)
                .sessions();
        route = camel.createProducerTemplate();
    }

    @Override
    public CommandResult run(Command command, Duration deadline) {
        if (route == null) {
            throw new ClusterException("the route to the login node has not started yet");
        }
        long started = System.nanoTime();
        Future<Exchange> answer = threads.submit(() -> route.request(
                "direct:login-node", exchange -> exchange.getMessage().setBody(ShellLine.of(command, deadline))));
        try {
            CommandResult result =
                    result(command, answer.get(deadline.plus(grace).toMillis(), TimeUnit.MILLISECONDS));
            log.debug("{}: {} ms", command.description(), (System.nanoTime() - started) / 1_000_000);
            return result;
        } catch (TimeoutException e) {
            answer.cancel(true);
            sessions.closeUnanswered(deadline);
            throw new ClusterException(
                    "Tried to " + command.description() + " on " + loginNode + " but had no answer within "
                            + deadline.toSeconds() + " s",
                    e);
        } catch (ExecutionException e) {
            throw failure(command, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClusterException("Tried to " + command.description() + " but was interrupted", e);
        }
    }

    private CommandResult result(Command command, Exchange exchange) {
        if (exchange.getException() != null) {
            throw failure(command, exchange.getException());
        }
        Integer exit = exchange.getMessage().getHeader(SshConstants.EXIT_VALUE, Integer.class);
        if (exit == null) {
            throw new ClusterException("Tried to " + command.description() + " on " + loginNode
                    + " but the connection ended before the command did");
        }
        String stderr = exchange.getMessage().getHeader(SshConstants.STDERR, String.class);
        String stdout = exchange.getMessage().getBody(String.class);
        CommandResult shell = new CommandResult(exit, stdout == null ? "" : stdout, stderr == null ? "" : stderr);
        return ShellLine.answer(command, loginNode, shell);
    }

    private ClusterException failure(Command command, Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = "Tried to " + command.description() + " on " + loginNode + " but failed because of " + root;
        return neverRan(failure)
                ? new UnreachableException(
                        message
                                + " (check that the host is up, that its key is in slurm.ssh.known-hosts, and that"
                                + " slurm.ssh.key may log in)",
                        failure)
                : new ClusterException(message, failure);
    }

    /** Whether it failed while connecting or logging in. The texts are those of camel-ssh's SshHelper. */
    private static boolean neverRan(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (cause instanceof ConnectException
                    || cause instanceof UnknownHostException
                    || text.startsWith("Failed to authenticate username ")
                    || text.startsWith("Failed to connect to ")) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
