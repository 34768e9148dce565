package io.swath.cluster.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A snapshot of this machine's processes, from {@code /proc} (proc(5)), and signals to them. Immutable.
 *
 * <p>A task is identified by its session and not by its process group, because a shell with job control starts each
 * command in a group of its own.
 */
final class Processes {
    private static final Path PROC = Path.of("/proc");

    /** {@code /proc/PID/stat} counts ticks of USER_HZ, which is 100 on every Linux that runs Java (proc(5)). */
    private static final long MILLIS_PER_TICK = 10;

    /**
     * A process.
     *
     * @param state the letter of proc(5), such as {@code T} for stopped
     * @param cpuMillis CPU time of the process and of the children that it has waited for
     */
    record Entry(long pid, long parent, long session, char state, long cpuMillis) {}

    private final List<Entry> entries;
    private final List<Entry> zombies;

    private Processes(List<Entry> entries, List<Entry> zombies) {
        this.entries = entries;
        this.zombies = zombies;
    }

    static Processes now() {
        List<Entry> entries = new ArrayList<>();
        List<Entry> zombies = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path folder : folders) {
                Entry entry = entry(folder);
                if (entry != null) {
                    (entry.state() == 'Z' ? zombies : entries).add(entry);
                }
            }
        } catch (IOException noProc) {
            throw new IllegalStateException(
                    "Tried to read /proc, but failed. Without it no local task can be watched", noProc);
        }
        return new Processes(entries, zombies);
    }

    private static Entry entry(Path folder) {
        String stat = read(folder.resolve("stat"));
        int name = stat.lastIndexOf(')'); // the name before it may contain blanks and parentheses
        if (name < 0) {
            return null;
        }
        String[] fields = stat.substring(name + 2).split(" ", -1);
        long ticks = 0;
        for (int field = 11; field <= 14; field++) {
            ticks += Long.parseLong(fields[field]);
        }
        return new Entry(
                Long.parseLong(folder.getFileName().toString()),
                Long.parseLong(fields[1]),
                Long.parseLong(fields[3]),
                fields[0].charAt(0),
                ticks * MILLIS_PER_TICK);
    }

    /** A process may end at any time, so a file that cannot be read counts as empty. */
    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    /** The processes of a session and all their descendants, also those in other sessions. */
    List<Entry> ofSession(long session) {
        return withDescendants(
                entries.stream().filter(entry -> entry.session() == session).toList());
    }

    /**
     * The processes that lost their parent and became this program's children. This program's own children are in its own
     * session, or lead the session of a running task.
     *
     * @param running the sessions of the running tasks
     */
    List<Entry> adopted(Set<Long> running) {
        return adopted(entries, running);
    }

    /** As {@link #adopted}, those that have ended and were not reaped: their process ids. */
    List<Long> adoptedZombies(Set<Long> running) {
        return adopted(zombies, running).stream().map(Entry::pid).toList();
    }

    private List<Entry> adopted(List<Entry> from, Set<Long> running) {
        long self = ProcessHandle.current().pid();
        Optional<Long> ownSession = entries.stream()
                .filter(entry -> entry.pid() == self)
                .map(Entry::session)
                .findFirst();
        return from.stream()
                .filter(entry -> entry.parent() == self)
                .filter(entry -> ownSession.isPresent() && entry.session() != ownSession.get())
                .filter(entry -> !running.contains(entry.session()))
                .toList();
    }

    /** These processes and all their descendants. */
    List<Entry> withDescendants(Collection<Entry> ancestors) {
        Map<Long, List<Entry>> children = new HashMap<>();
        Deque<Entry> toVisit = new ArrayDeque<>(ancestors);
        Map<Long, Entry> members = new HashMap<>();
        for (Entry entry : entries) {
            children.computeIfAbsent(entry.parent(), parent -> new ArrayList<>())
                    .add(entry);
        }
        while (!toVisit.isEmpty()) {
            Entry entry = toVisit.remove();
            if (members.putIfAbsent(entry.pid(), entry) == null) {
                toVisit.addAll(children.getOrDefault(entry.pid(), List.of()));
            }
        }
        return List.copyOf(members.values());
    }

    /** The sessions of this user's processes that have the text in their environment. Other users' are not readable. */
    List<Long> sessionsWith(String environment) {
        return entries.stream()
                .filter(entry -> read(PROC.resolve(entry.pid() + "/environ")).contains(environment))
                .map(Entry::session)
                .distinct()
                .toList();
    }

    /** Memory of the processes in RAM. Shared pages count once for each process. */
    static long residentKiB(Collection<Entry> processes) {
        return processes.stream()
                .flatMap(entry -> read(PROC.resolve(entry.pid() + "/status")).lines())
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    /** Sends a signal such as {@code TERM}. A process that has ended is no error. */
    static void signal(String name, Collection<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$0\" \"$@\"", name));
        pids.forEach(pid -> argv.add(Long.toString(pid)));
        ProcessBuilder builder = new ProcessBuilder(argv);
        builder.environment().clear();
        try {
            builder.redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException noShell) {
            throw new IllegalStateException(
                    "Tried to start /bin/sh, but failed. Without it no signal can be sent", noShell);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
