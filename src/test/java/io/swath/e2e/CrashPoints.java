package io.swath.e2e;

import io.swath.cluster.ClusterException;
import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.lang.StackWalker.StackFrame;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.nio.charset.Charset;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.transaction.TransactionException;

/**
 * Runs within the program under test, at its crash points. According to its orders, it records every crash point that
 * is passed, or kills its own process with SIGKILL at the n-th passing of one crash point, or throws once at each crash
 * point an exception that the call itself might throw.
 *
 * <p>This class and everything that instrumented code calls must be public.
 */
public final class CrashPoints {
    /** What to do at the crash points. */
    enum Order {
        RECORD,
        KILL,
        THROW
    }

    /** The kind of action at a crash point. */
    public enum Kind {
        LEDGER,
        CLUSTER,
        PROCESS,
        FILE,
        MESSAGE,
        STEP
    }

    /** Marks a method that replaces the method of {@link Files} with the same name. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface ReplacesFilesMethod {}

    /**
     * The orders of a test.
     *
     * @param order what to do
     * @param crashPoint where to kill
     * @param occurrence at which passing of the crash point to kill, from 1
     * @param log file that gets a line with the crash point for each passing, exception or kill
     * @param gate exceptions are thrown only while this file exists
     */
    record Orders(Order order, String crashPoint, int occurrence, Path log, Path gate) {
        Path write(Path file) throws IOException {
            Properties values = new Properties();
            values.setProperty("order", order.name());
            values.setProperty("crashPoint", crashPoint);
            values.setProperty("occurrence", Integer.toString(occurrence));
            values.setProperty("log", log.toString());
            values.setProperty("gate", gate.toString());
            try (Writer writer = Files.newBufferedWriter(file)) {
                values.store(writer, null);
            }
            return file;
        }

        static Orders read(Path file) throws IOException {
            Properties values = new Properties();
            try (Reader reader = Files.newBufferedReader(file)) {
                values.load(reader);
            }
            return new Orders(
                    Order.valueOf(values.getProperty("order")),
                    values.getProperty("crashPoint"),
                    Integer.parseInt(values.getProperty("occurrence")),
                    Path.of(values.getProperty("log")),
                    Path.of(values.getProperty("gate")));
        }
    }

    private static final int FRAMES = 3;
    private static final Set<Kind> THROWING = Set.of(Kind.LEDGER, Kind.CLUSTER, Kind.FILE, Kind.MESSAGE);
    private static final Map<String, Integer> passed = new ConcurrentHashMap<>();

    private static Orders orders;

    private CrashPoints() {}

    static void obey(Path file) throws IOException {
        orders = Orders.read(file);
    }

    /** A route's call of a stage's method begins or ends. */
    public static void step(String when, String method) {
        at(Kind.STEP, when + " " + method.substring("io.swath.".length()));
    }

    /** An action is about to begin or has just ended. */
    public static void pass(Kind kind, String what) {
        at(kind, what + " " + caller());
    }

    /** Like {@link #pass}, for a call that never throws. Returns whether its answer is to be lost. */
    public static boolean lost(String what) {
        try {
            pass(Kind.CLUSTER, what);
            return false;
        } catch (ClusterException thrown) {
            return true;
        }
    }

    /** Answers that the answer to each of these was lost. */
    public static void loseAll(List<JobArray> arrays, BiConsumer<JobArray, Submitted> answers) {
        arrays.forEach(array -> answers.accept(array, new Submitted.Ambiguous("lost for a test")));
    }

    /** The same receiver of answers, of which some may be lost. */
    public static BiConsumer<JobArray, Submitted> losing(BiConsumer<JobArray, Submitted> answers) {
        return (array, answer) ->
                answers.accept(array, lost("after submit") ? new Submitted.Ambiguous("lost for a test") : answer);
    }

    /** The same transaction, with a crash point at its end, before the commit. */
    @SuppressWarnings("unchecked")
    public static Object within(Object work) {
        if (work instanceof Function<?, ?> function) {
            return ((Function<Object, Object>) function).andThen(result -> {
                pass(Kind.LEDGER, "within");
                return result;
            });
        }
        return ((Consumer<Object>) work).andThen(session -> pass(Kind.LEDGER, "within"));
    }

    private static void at(Kind kind, String what) {
        String crashPoint = kind.name().toLowerCase(Locale.ROOT) + " " + what;
        int times = passed.merge(crashPoint, 1, Integer::sum);
        switch (orders.order()) {
            case RECORD -> recordPassing(crashPoint);
            case KILL -> {
                if (crashPoint.equals(orders.crashPoint()) && times == orders.occurrence()) {
                    recordPassing(crashPoint);
                    kill();
                }
            }
            case THROW -> {
                if (THROWING.contains(kind)
                        && Files.exists(orders.gate())
                        && passed.put("thrown " + crashPoint, 1) == null) {
                    recordPassing(crashPoint);
                    fail(kind, crashPoint);
                }
            }
        }
    }

    private static synchronized void recordPassing(String crashPoint) {
        try {
            Files.writeString(orders.log(), crashPoint + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new IllegalStateException(orders.log() + " cannot be written", e);
        }
    }

    /** Kills this process. As in a power cut, no shutdown hook runs and nothing is flushed. */
    private static void kill() {
        try {
            new ProcessBuilder(
                            "/bin/kill",
                            "-9",
                            Long.toString(ProcessHandle.current().pid()))
                    .start();
        } catch (IOException e) {
            throw new IllegalStateException("/bin/kill cannot be run", e);
        }
        while (true) {
            LockSupport.park();
        }
    }

    private static void fail(Kind kind, String crashPoint) {
        String what = "thrown for a test: " + crashPoint;
        switch (kind) {
            case LEDGER -> throw new TransactionException(what, new SQLException("[SQLITE_BUSY] " + what));
            case CLUSTER -> throw new ClusterException(what);
            case FILE -> CrashPoints.<RuntimeException>sneak(new IOException(what));
            case MESSAGE -> CrashPoints.<RuntimeException>sneak(new JMSException(what));
            case PROCESS, STEP -> throw new IllegalStateException("no exception is thrown at " + kind);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Exception> void sneak(Exception failure) throws T {
        throw (T) failure;
    }

    /** The caller at the crash point: the innermost of Swath's own methods, the first with its line number. */
    private static String caller() {
        List<StackFrame> frames = StackWalker.getInstance()
                .walk(all -> all.filter(CrashPoints::ours).limit(FRAMES).toList());
        if (frames.isEmpty()) {
            return "nobody";
        }
        String names = frames.stream().map(CrashPoints::name).distinct().collect(Collectors.joining(" < "));
        return frames.get(0).getLineNumber() + " " + names;
    }

    private static boolean ours(StackFrame frame) {
        String name = frame.getClassName();
        return name.startsWith("io.swath.")
                && !name.startsWith("io.swath.e2e.")
                && !name.equals("io.swath.ledger.Ledger");
    }

    private static String name(StackFrame frame) {
        String type = frame.getClassName().substring(frame.getClassName().lastIndexOf('.') + 1);
        String method = frame.getMethodName();
        return type + "." + (method.startsWith("lambda$") ? method.split("\\$")[1] : method);
    }

    // ---- every change of a file ------------------------------------------------------------------------

    @FunctionalInterface
    private interface Change<T> {
        T make() throws IOException;
    }

    private static <T> T around(String name, Change<T> change) throws IOException {
        pass(Kind.FILE, "before " + name);
        T result = change.make();
        pass(Kind.FILE, "after " + name);
        return result;
    }

    @ReplacesFilesMethod
    public static Path move(Path from, Path to, CopyOption... how) throws IOException {
        return around("move", () -> Files.move(from, to, how));
    }

    @ReplacesFilesMethod
    public static Path copy(Path from, Path to, CopyOption... how) throws IOException {
        return around("copy", () -> Files.copy(from, to, how));
    }

    @ReplacesFilesMethod
    public static Path writeString(Path file, CharSequence text, OpenOption... how) throws IOException {
        return around("write", () -> Files.writeString(file, text, how));
    }

    @ReplacesFilesMethod
    public static Path writeString(Path file, CharSequence text, Charset charset, OpenOption... how)
            throws IOException {
        return around("write", () -> Files.writeString(file, text, charset, how));
    }

    @ReplacesFilesMethod
    public static Path createDirectory(Path folder, FileAttribute<?>... how) throws IOException {
        return around("mkdir", () -> Files.createDirectory(folder, how));
    }

    @ReplacesFilesMethod
    public static Path createTempFile(Path folder, String prefix, String suffix, FileAttribute<?>... how)
            throws IOException {
        return around("create", () -> Files.createTempFile(folder, prefix, suffix, how));
    }

    @ReplacesFilesMethod
    public static boolean deleteIfExists(Path file) throws IOException {
        return around("delete", () -> Files.deleteIfExists(file));
    }

    @ReplacesFilesMethod
    public static void delete(Path file) throws IOException {
        around("delete", () -> {
            Files.delete(file);
            return file;
        });
    }

    /** Replaces the method of {@link SecureDirectoryStream} with the same name, as the next one does. */
    public static <T> void deleteFile(SecureDirectoryStream<T> folder, T name) throws IOException {
        around("delete", () -> {
            folder.deleteFile(name);
            return name;
        });
    }

    public static <T> void deleteDirectory(SecureDirectoryStream<T> folder, T name) throws IOException {
        around("delete", () -> {
            folder.deleteDirectory(name);
            return name;
        });
    }
}
