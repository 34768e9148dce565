package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import java.io.BufferedReader;
import java.io.File;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Runs commands on this machine, without a shell. Thread-safe. */
public final class LocalCommandRunner implements CommandRunner {
    private static final long MOST_BYTES = 256L << 20;
    private static final List<String> KEPT = List.of("PATH", "HOME", "USER", "LOGNAME", "SLURM_CONF");

    private static final Executor READERS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "swath-command-output");
        thread.setDaemon(true);
        return thread;
    });

    private final long mostBytes;

    public LocalCommandRunner() {
        this(MOST_BYTES);
    }

    LocalCommandRunner(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    @Override
    public CommandResult run(Command command, Duration deadline) {
        StringBuilder output = new StringBuilder();
        CommandResult result =
                run(command, deadline, line -> output.append(line).append('\n'));
        return new CommandResult(result.exit(), output.toString(), result.stderr());
    }

    @Override
    public CommandResult run(Command command, Duration deadline, Consumer<String> lines) {
        Process process = start(command);
        AtomicBoolean awaited = new AtomicBoolean(true);
        @SuppressWarnings("JdkObsolete") // synchronized, because it is read here while it is still being written
        StringBuffer errors = new StringBuffer();
        CompletableFuture<Void> output = CompletableFuture.runAsync(
                () -> read(process.getInputStream(), line -> {
                    if (awaited.get()) {
                        lines.accept(line);
                    }
                }),
                READERS);
        CompletableFuture<Void> errorOutput = CompletableFuture.runAsync(
                () -> read(process.getErrorStream(), line -> errors.append(line).append('\n')), READERS);
        try {
            CompletableFuture.allOf(output, errorOutput, process.onExit())
                    .get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            return new CommandResult(process.exitValue(), "", errors.toString());
        } catch (TimeoutException late) {
            String printed = CommandResult.clean(errors.toString());
            throw failure(
                    command,
                    "it had not ended after " + deadline.toSeconds() + " s and was killed"
                            + (printed.isEmpty() ? "" : "; it had printed: " + printed),
                    late);
        } catch (ExecutionException failed) {
            throw failure(command, String.valueOf(failed.getCause().getMessage()), failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw failure(command, "Swath is stopping", interrupted);
        } finally {
            awaited.set(false);
            kill(process);
        }
    }

    private static Process start(Command command) {
        ProcessBuilder builder = new ProcessBuilder(command.argv()).redirectInput(new File("/dev/null"));
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(KEPT);
        environment.putAll(Map.of("LANG", "C.UTF-8", "TZ", "UTC", "SLURM_BITSTR_LEN", "0"));
        try {
            return builder.start();
        } catch (IOException missing) {
            throw failure(command, missing.getMessage() + ": is Slurm installed here, and is it on the PATH?", missing);
        }
    }

    private void read(InputStream stream, Consumer<String> lines) {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(new Capped(stream, mostBytes), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.accept(line);
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken.getMessage(), broken);
        }
    }

    /**
     * Kills the process and its descendants. The descendants are listed first, because they lose their parent when it
     * ends.
     */
    private static void kill(Process process) {
        if (process.isAlive()) {
            List<ProcessHandle> children = process.descendants().toList();
            Stream.concat(Stream.of(process.toHandle()), children.stream()).forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static ClusterException failure(Command command, String what, Throwable cause) {
        return new ClusterException(
                "Tried to " + command.description() + " with " + command.argv().get(0) + ", but " + what, cause);
    }

    /** Fails when a stream has more bytes than a limit, so that a broken command cannot fill the memory. */
    private static final class Capped extends FilterInputStream {
        private final long most;
        private long count;

        Capped(InputStream stream, long most) {
            super(stream);
            this.most = most;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int got = super.read(bytes, offset, length);
            count += Math.max(0, got);
            if (count > most) {
                throw new IOException("it printed more than " + most + " bytes");
            }
            return got;
        }
    }
}
