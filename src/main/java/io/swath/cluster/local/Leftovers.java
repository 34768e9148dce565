package io.swath.cluster.local;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the processes that tasks leave behind, as Slurm does: also those that left the task's session and cleared their
 * environment. This program is the subreaper of all of them (prctl(2), PR_SET_CHILD_SUBREAPER): a process whose parent
 * has ended becomes this program's child. Such a process is ended when its task has ended; if nothing shows to which task
 * it belongs, when all tasks have ended that ran when it was first seen. Not thread-safe; only {@link Node}'s thread may
 * use it.
 */
final class Leftovers {
    private static final Logger log = LoggerFactory.getLogger(Leftovers.class);
    private static final int SET_CHILD_SUBREAPER = 36;
    private static final int NO_HANG = 1;

    private interface LibC extends Library {
        int prctl(int option, long argument, long third, long fourth, long fifth) throws LastErrorException;

        int waitpid(int pid, int[] status, int options) throws LastErrorException;
    }

    private final LibC library = load();
    private final Set<Long> endedSessions = new LinkedHashSet<>();
    /** For each process without a known task, the sessions of the tasks that it may belong to. */
    private Map<Long, Set<Long>> orphans = new HashMap<>();

    private static LibC load() {
        try {
            LibC library = Native.load("c", LibC.class);
            library.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0);
            return library;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError | LastErrorException unknown) {
            log.warn(
                    "Processes that leave their task's session are not ended with the task, because prctl(2) failed: {}",
                    unknown.toString());
            return null;
        }
    }

    /** A task has ended. */
    void ended(long session) {
        endedSessions.add(session);
    }

    /**
     * Kills what ended tasks have left behind.
     *
     * @param running the sessions of the running tasks
     * @return whether something may still be left
     */
    boolean kill(Processes processes, Set<Long> running) {
        Set<Long> left = new HashSet<>();
        endedSessions.removeIf(session -> !left.addAll(pids(processes.ofSession(session))));
        Map<Long, Set<Long>> seen = new LinkedHashMap<>();
        for (Processes.Entry orphan : processes.adopted(running)) {
            Set<Long> owners = new HashSet<>(orphans.getOrDefault(orphan.pid(), running));
            owners.retainAll(running);
            if (owners.isEmpty()) {
                left.addAll(pids(processes.withDescendants(List.of(orphan))));
            } else {
                seen.put(orphan.pid(), owners);
            }
        }
        orphans = seen;
        Processes.signal("KILL", left);
        processes.adoptedZombies(running).forEach(this::reap);
        return !left.isEmpty() || !orphans.isEmpty();
    }

    private static List<Long> pids(Collection<Processes.Entry> entries) {
        return entries.stream().map(Processes.Entry::pid).toList();
    }

    /** Otherwise the ended process stays in the process table until this program ends. */
    private void reap(long pid) {
        try {
            if (library != null) {
                library.waitpid((int) pid, new int[1], NO_HANG);
            }
        } catch (LastErrorException gone) {
            log.debug("process {} was reaped by somebody else", pid, gone);
        }
    }
}
