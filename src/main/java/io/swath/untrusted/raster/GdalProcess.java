package io.swath.untrusted.raster;

import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program of GDAL on what a stranger has sent, in a child process with limits: no network, at most 512 MiB of memory,
 * 8 s of CPU time and 16 MiB of output, and a timeout. Thread-safe.
 */
final class GdalProcess {
    private static final long MOST_MEMORY = 512L << 20;
    /** The limit of the address space is above the limit of the memory, because GDAL's libraries alone map 200 MiB. */
    private static final long MOST_MAPPED = 2L << 30;

    private static final long MOST_OUTPUT = 16L << 20;
    private static final int CPU_SECONDS = 8;
    private static final int LONGEST_SHOWN = 300;
    private static final int KILLED = 128;
    private static final int SIGKILL = 9;
    private static final int SIGXCPU = 24;
    private static final int SIGXFSZ = 25;
    /** The only environment variables that the child inherits: the paths of programs and of GDAL's own tables. */
    private static final List<String> INHERITED =
            List.of("PATH", "LD_LIBRARY_PATH", "GDAL_DATA", "PROJ_DATA", "PROJ_LIB", "TMPDIR");

    /**
     * Drivers that open what a file names, on another machine or in another file. {@code -if} binds the file itself alone.
     */
    static final String SKIPPED = "HTTP WMS WCS WMTS OGCAPI PLMOSAIC EEDAI DAAS STACTA STACIT NGW";

    /**
     * With an empty list of what lies beside the file, GDAL looks for no mask, overview, statistics or metadata there. A
     * place beside the file does not count either: the nodes would not see it.
     */
    private static final Map<String, String> ENVIRONMENT = Map.ofEntries(
            Map.entry("LC_ALL", "C.UTF-8"),
            Map.entry("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR"),
            Map.entry("GDAL_GEOREF_SOURCES", "INTERNAL"),
            Map.entry("GDAL_SKIP", "VRT " + SKIPPED),
            Map.entry("GDAL_PAM_ENABLED", "NO"),
            Map.entry("GDAL_DRIVER_PATH", "disable"),
            Map.entry("GDAL_CACHEMAX", "64"),
            Map.entry("GDAL_NUM_THREADS", "1"),
            Map.entry("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{noextension-allowed}"),
            Map.entry("GDAL_HTTP_MAX_RETRY", "0"),
            Map.entry("PROJ_NETWORK", "OFF"));

    private final String program;
    private final Duration timeout;

    /**
     * @param program the path of gdalinfo; the other programs are beside it
     * @param timeout wall time of one run; a run that takes longer is no fault of the scene
     */
    GdalProcess(String program, Duration timeout) {
        this.program = program;
        this.timeout = timeout;
    }

    /** The path of another program of GDAL, such as {@code gdaltransform}. */
    String program(String name) {
        return program.replaceFirst("gdalinfo$", name);
    }

    @FunctionalInterface
    interface Work<T> {
        T in(Path folder) throws IOException, InterruptedException;
    }

    /**
     * Does work in a folder of its own, which is removed afterwards.
     *
     * @param file what an error names
     * @throws SceneUnavailableException when the program is missing, or the machine or the disk does not answer
     */
    <T> T inFolder(Path file, Work<T> work) {
        Path folder = null;
        try {
            folder = Files.createTempDirectory("swath-gdalinfo");
            return work.in(folder);
        } catch (IOException failed) {
            throw new SceneUnavailableException(
                    "Tried to run " + program + " but failed because of " + failed.getMessage()
                            + "; nothing is lost. Install gdal-bin and util-linux, check that the disk is not full, and try"
                            + " again",
                    failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new SceneUnavailableException("Swath was stopped while " + program + " inspected " + file, stopped);
        } finally {
            remove(folder);
        }
    }

    /** As the other {@code run}, with nothing to read. */
    String run(Path file, Path folder, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        return run(file, folder, command, environment, Files.createFile(folder.resolve("nothing")));
    }

    /**
     * Runs a program to its end.
     *
     * @param file what an error names
     * @param folder where it runs, from {@link #inFolder}
     * @param environment added to the usual one
     * @param input what it reads
     * @return what it printed
     * @throws BadSceneException when it failed, or exceeded a limit
     * @throws SceneUnavailableException when it is missing, or did not end in time
     */
    String run(Path file, Path folder, List<String> command, Map<String, String> environment, Path input)
            throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(limited(command))
                .directory(folder.toFile())
                .redirectInput(input.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().retainAll(INHERITED);
        builder.environment().putAll(ENVIRONMENT);
        builder.environment().putAll(environment);
        Process child = builder.start();
        try {
            if (!child.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new SceneUnavailableException("Tried to inspect " + file + " with " + program
                        + " but it did not end within " + timeout.toSeconds()
                        + " s: the storage or this machine is too busy; nothing is lost, try again");
            }
        } finally {
            child.destroyForcibly();
        }
        if (child.exitValue() != 0) {
            throw failure(file, child.exitValue(), Files.readString(err, StandardCharsets.ISO_8859_1));
        }
        return new String(Files.readAllBytes(out), StandardCharsets.UTF_8);
    }

    private static List<String> limited(List<String> command) {
        List<String> limited = new ArrayList<>(List.of(
                "prlimit",
                "--data=" + MOST_MEMORY,
                "--as=" + MOST_MAPPED,
                "--cpu=" + CPU_SECONDS,
                "--fsize=" + MOST_OUTPUT,
                "--core=0"));
        limited.addAll(command);
        return limited;
    }

    private RuntimeException failure(Path file, int status, String errors) {
        String error = errors.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("ERROR"))
                .findFirst()
                .orElse("exit status " + status);
        boolean missing = status == 127 || (status == 1 && errors.contains("prlimit:"));
        if (missing) {
            return new SceneUnavailableException(
                    "Tried to run " + program + " but failed because of " + Texts.shown(errors.strip(), LONGEST_SHOWN)
                            + "; nothing is lost. Install gdal-bin, and try again");
        }
        String what = switch (status - KILLED) {
            case SIGXCPU, SIGKILL -> "GDAL did not finish reading its header after " + CPU_SECONDS + " s";
            case SIGXFSZ -> "GDAL's description of its header has more than " + (MOST_OUTPUT >> 20) + " MiB";
            default -> "GDAL cannot read it (" + Texts.shown(error, LONGEST_SHOWN) + ")";
        };
        return new BadSceneException(
                file,
                "gdal-understands-it",
                what,
                "Make the file again with a current GDAL: gdal_translate in.tif out.tif");
    }

    private static void remove(Path folder) {
        if (folder == null) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException left) {
            // A few kilobytes stay in the system's temporary folder, which the system cleans.
            return;
        }
    }
}
