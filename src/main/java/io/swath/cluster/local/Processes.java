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

/**
 * The processes of this machine at one moment, from Linux's {@code /proc} (proc(5)), and signals to them.
 *
 * <p>A task is known by its session, not by its process group: a shell with job control puts what it starts into groups
 * of their own.
 */
final class Processes {
    private static final Path PROC = Path.of("/proc");

    /** Ticks of /proc/PID/stat: USER_HZ is 100 on every Linux that runs Java. */
    private static final long MILLIS_PER_TICK = 10;

    /** @param cpuMillis its own, and that of the children it has waited for */
    record Entry(long pid, long parent, long session, char state, long cpuMillis) {}

    private final List<Entry> entries;

    private Processes(List<Entry> entries) {
        this.entries = entries;
    }

    static Processes now() {
        List<Entry> entries = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path folder : folders) {
                Entry entry = entry(folder);
                if (entry != null && entry.state() != 'Z') {
                    entries.add(entry);
                }
            }
        } catch (IOException noProc) {
            throw new IllegalStateException("cannot read /proc, without which no task can be watched", noProc);
        }
        return new Processes(entries);
    }

    private static Entry entry(Path folder) {
        String stat = read(folder.resolve("stat"));
        int name = stat.lastIndexOf(')'); // the name before it may hold anything, blanks and parentheses too
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

    /** A process may end at any time, so a file that cannot be read is an empty one. */
    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    /** The members of each session, with what they started in sessions of its own. */
    List<Entry> ofSession(long session) {
        Map<Long, List<Entry>> children = new HashMap<>();
        Deque<Entry> open = new ArrayDeque<>();
        Map<Long, Entry> members = new HashMap<>();
        for (Entry entry : entries) {
            children.computeIfAbsent(entry.parent(), parent -> new ArrayList<>())
                    .add(entry);
            if (entry.session() == session) {
                open.add(entry);
            }
        }
        while (!open.isEmpty()) {
            Entry entry = open.remove();
            if (members.putIfAbsent(entry.pid(), entry) == null) {
                open.addAll(children.getOrDefault(entry.pid(), List.of()));
            }
        }
        return List.copyOf(members.values());
    }

    /** The sessions of processes that have the text in their environment; of our own user, for others' is secret. */
    List<Long> sessionsWith(String environment) {
        return entries.stream()
                .filter(entry -> read(PROC.resolve(entry.pid() + "/environ")).contains(environment))
                .map(Entry::session)
                .distinct()
                .toList();
    }

    /** Memory that the processes have in RAM; pages that they share count for each. */
    static long residentKiB(Collection<Entry> processes) {
        return processes.stream()
                .flatMap(entry -> read(PROC.resolve(entry.pid() + "/status")).lines())
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum();
    }

    /** Sends a signal such as {@code TERM}; a process that is gone by now is no error. */
    static void signal(String name, Collection<Long> pids) {
        if (pids.isEmpty()) {
            return;
        }
        List<String> argv = new ArrayList<>(List.of("/bin/sh", "-c", "kill -s \"$0\" \"$@\"", name));
        pids.forEach(pid -> argv.add(Long.toString(pid)));
        try {
            new ProcessBuilder(argv)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (IOException noShell) {
            throw new IllegalStateException("cannot start /bin/sh, without which no signal can be sent", noShell);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
