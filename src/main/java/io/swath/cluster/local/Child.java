package io.swath.cluster.local;

import io.swath.cluster.JobArray;
import io.swath.cluster.TaskStatus.Phase;
import io.swath.cluster.TaskUsage;
import io.swath.model.Request;
import io.swath.storage.DurableFiles;
import io.swath.storage.NotRegularException;
import io.swath.storage.RegularFiles;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A running task: a session of processes (setsid(1)). GNU time (time(1)) leads the session if it is installed, because
 * only the parent process learns from the kernel what its child has used. Swath sends GNU time no signal; it writes its
 * report and ends when its child has ended. Not thread-safe; only {@link Node}'s thread may use it.
 */
final class Child {
    /** An environment variable of all processes of a task: its job's folder and its index. */
    static final String MARK = "SWATH_LOCAL_TASK";

    /**
     * How a task is terminated.
     *
     * @param warning how long before its time limit a task's shell gets USR1; a task whose limit is at most twice this
     *     time gets no USR1
     * @param grace how long after TERM a task gets KILL
     */
    record Termination(Duration warning, Duration grace) {
        static final Termination DEFAULT = new Termination(Duration.ofSeconds(30), Duration.ofSeconds(5));
    }

    private static final Path GNU_TIME = Path.of("/usr/bin/time");
    private static final int MOST_REPORT_BYTES = 4096;
    private static final Pattern KILLED = Pattern.compile("Command terminated by signal (\\d{1,2})");
    private static final Pattern USED = Pattern.compile("(\\d{1,9}\\.\\d{1,2}) (\\d{1,9}\\.\\d{1,2}) (\\d{1,12})");

    final Job job;
    final int index;
    final List<Integer> gpus;
    final Process process;
    private final Machine machine;
    private final long startedAt = System.nanoTime();
    private final boolean timed;
    private final Termination termination;
    private long watchedAt = System.nanoTime();
    private long ranNanos;
    private boolean warned;
    private boolean suspended;
    private Optional<Ending> forced = Optional.empty();
    private long killAt;
    private long peakKiB;
    private long cpuMillis;

    private Child(
            Job job,
            int index,
            List<Integer> gpus,
            Machine machine,
            Process process,
            boolean timed,
            Termination termination) {
        this.machine = machine;
        this.job = job;
        this.index = index;
        this.gpus = gpus;
        this.process = process;
        this.timed = timed;
        this.termination = termination;
    }

    /**
     * Starts a task. Former tasks of the job may have put anything into its folder: nothing there is waited for.
     *
     * @throws DamagedFolderException when something there keeps the task from starting
     */
    static Child start(Job job, int index, List<Integer> gpus, Machine machine, Termination termination)
            throws IOException {
        Path script = job.submission().script();
        Path folder = script.getParent();
        Path log = folder.resolve("logs").resolve((job.submission().packed() ? "task-" : "") + index + ".log");
        try {
            RegularFiles.size(folder, script); // bash would wait for the writer of a pipe
            Files.createDirectories(log.getParent());
            return DurableFiles.replace(
                    folder, log, opened -> start(job, index, gpus, machine, termination, opened.toFile()));
        } catch (NotRegularException | FileAlreadyExistsException | DirectoryNotEmptyException damage) {
            throw new DamagedFolderException(folder, log, damage);
        } catch (NoSuchFileException | AccessDeniedException damage) {
            if (Files.isWritable(folder.getParent())) { // so it is not that the storage is away or read-only
                throw new DamagedFolderException(folder, log, damage);
            }
            throw damage;
        }
    }

    private static Child start(
            Job job, int index, List<Integer> gpus, Machine machine, Termination termination, File log)
            throws IOException {
        JobArray submission = job.submission();
        boolean timed = Files.isExecutable(GNU_TIME) && removed(job.folder.usage(index));
        List<String> argv = new ArrayList<>(List.of("setsid"));
        if (timed) {
            argv.addAll(List.of(
                    GNU_TIME.toString(),
                    "-f",
                    "%U %S %M",
                    "-o",
                    job.folder.usage(index).toString()));
        }
        argv.addAll(List.of("/bin/bash", submission.script().toString()));
        ProcessBuilder builder = new ProcessBuilder(argv)
                .directory(submission.script().getParent().toFile())
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(log);
        environment(builder.environment(), job, index, gpus, machine);
        return new Child(job, index, gpus, machine, builder.start(), timed, termination);
    }

    /** Whether nothing lies at this name now. GNU time would wait for the reader of a pipe. */
    private static boolean removed(Path report) {
        try {
            Files.deleteIfExists(report);
            return true;
        } catch (IOException cannotBeRemoved) {
            return false;
        }
    }

    private static void environment(
            Map<String, String> values, Job job, int index, List<Integer> gpus, Machine machine) {
        Request request = job.submission().request();
        values.keySet().retainAll(List.of("PATH", "HOME", "USER", "LOGNAME", "TMPDIR"));
        values.put("LANG", "C.UTF-8");
        values.put("TZ", "UTC");
        values.put(MARK, job.folder.path() + "/" + index);
        values.put("SLURM_JOB_ID", Long.toString(job.rawId(index)));
        values.put("SLURM_ARRAY_JOB_ID", Long.toString(job.id));
        values.put("SLURM_ARRAY_TASK_ID", Integer.toString(index));
        values.put("SLURM_ARRAY_TASK_COUNT", Integer.toString(job.size()));
        values.put("SLURM_JOB_NAME", job.submission().token());
        values.put("SLURM_CPUS_PER_TASK", Integer.toString(Math.min(machine.cpus(), request.cpus())));
        values.put("SLURM_MEM_PER_NODE", Integer.toString(request.memoryMiB()));
        values.put("SLURMD_NODENAME", machine.name());
        if (machine.gpus() > 0) { // a task that requested no GPU must not see one
            values.put(
                    "CUDA_VISIBLE_DEVICES", gpus.stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
    }

    /** Measures the task, and ends it when it exceeds its memory or its time limit. */
    void watch(Processes processes) {
        List<Processes.Entry> members = processes.ofSession(process.pid());
        long now = System.nanoTime();
        ranNanos += suspended ? 0 : now - watchedAt;
        watchedAt = now;
        long residentKiB = Processes.residentKiB(members);
        peakKiB = Math.max(peakKiB, residentKiB);
        cpuMillis = Math.max(
                cpuMillis,
                members.stream().mapToLong(Processes.Entry::cpuMillis).sum());
        if (forced.isPresent()) {
            if (now - killAt >= 0) {
                signal("KILL", members);
            }
            return;
        }
        Request request = job.submission().request();
        Duration left = request.time().minusNanos(ranNanos);
        if (residentKiB > request.totalMemoryMiB() * 1024L) {
            force(
                    Phase.OUT_OF_MEMORY,
                    "the task used " + residentKiB / 1024 + " MiB and had requested " + request.totalMemoryMiB()
                            + " MiB");
            killAt = now;
            signal("KILL", members);
        } else if (left.isNegative()) {
            force(Phase.TIMEOUT, "the task had not ended after its time limit of " + request.time());
            signal("TERM", members);
        } else if (suspended) {
            signal(
                    "STOP",
                    members.stream().filter(entry -> entry.state() != 'T').toList());
        } else if (!warned && left.compareTo(termination.warning()) < 0 && warns(request)) {
            warned = true;
            signal("USR1", members.stream().filter(this::isShell).toList());
        }
    }

    private boolean warns(Request request) {
        return request.time().compareTo(termination.warning().multipliedBy(2)) > 0;
    }

    /** Terminates the task: TERM first, KILL after the grace period. */
    void end(Phase phase, String reason) {
        if (forced.isEmpty()) {
            force(phase, reason);
            List<Processes.Entry> members = Processes.now().ofSession(process.pid());
            signal("TERM", members);
            signal("CONT", members);
        }
    }

    private void force(Phase phase, String reason) {
        forced = Optional.of(Ending.withoutRun(phase, reason));
        killAt = System.nanoTime() + termination.grace().toNanos();
    }

    /**
     * Suspends or resumes the task.
     *
     * @return whether this call changed anything
     */
    boolean suspend(boolean wanted) {
        if (suspended == wanted || forced.isPresent()) {
            return false;
        }
        suspended = wanted;
        signal(wanted ? "STOP" : "CONT", Processes.now().ofSession(process.pid()));
        return true;
    }

    private boolean isShell(Processes.Entry entry) {
        return timed ? entry.parent() == process.pid() : entry.pid() == process.pid();
    }

    /** Sends no signal to GNU time, except KILL when no other process is left. */
    private void signal(String name, List<Processes.Entry> members) {
        List<Long> pids = new ArrayList<>();
        members.forEach(entry -> pids.add(entry.pid()));
        if (timed && !(name.equals("KILL") && pids.size() == 1)) {
            pids.remove(process.pid());
        }
        Processes.signal(name, pids);
    }

    /** How the task ended. May be called once, after the process has ended. */
    Ending ending() {
        int exit = process.exitValue();
        int signal = 0;
        for (String line : report()) {
            Matcher killed = KILLED.matcher(line);
            Matcher used = USED.matcher(line);
            if (killed.matches()) {
                signal = Integer.parseInt(killed.group(1));
                exit = 0;
            } else if (used.matches()) {
                use(
                        Math.round(1000 * (Double.parseDouble(used.group(1)) + Double.parseDouble(used.group(2)))),
                        Long.parseLong(used.group(3)));
            }
        }
        Phase phase = exit == 0 && signal == 0 ? Phase.COMPLETED : Phase.FAILED;
        TaskUsage usage = new TaskUsage(
                peakKiB > 0 ? Optional.of(peakKiB) : Optional.empty(),
                timed || cpuMillis > 0 ? Optional.of(cpuMillis) : Optional.empty(),
                forced.map(Ending::phase).equals(Optional.of(Phase.OUT_OF_MEMORY)));
        return new Ending(
                forced.map(Ending::phase).orElse(phase),
                exit,
                signal,
                usage,
                forced.map(Ending::reason).orElse(""));
    }

    /**
     * The lines of GNU time. The task runs as the same user and can find the file, so there may be anything in its place:
     * nothing but a small regular file is read. Without a report, the sampled values are used.
     */
    private List<String> report() {
        Path report = job.folder.usage(index);
        try {
            byte[] content = RegularFiles.read(job.folder.path(), report, MOST_REPORT_BYTES);
            return new String(content, StandardCharsets.ISO_8859_1).lines().toList();
        } catch (IOException none) {
            return List.of();
        } finally {
            removed(report);
        }
    }

    /** Takes over what GNU time reports, unless this machine cannot have given so much: then the task has written it. */
    private void use(long reportedCpuMillis, long reportedPeakKiB) {
        long elapsedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startedAt);
        if (reportedCpuMillis <= (elapsedMillis + 1_000) * machine.cpus()) {
            cpuMillis = reportedCpuMillis;
        }
        if (reportedPeakKiB <= machine.memoryMiB() * 1024L) {
            peakKiB = Math.max(peakKiB, reportedPeakKiB);
        }
    }
}
