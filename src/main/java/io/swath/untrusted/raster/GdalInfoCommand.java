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
 * Runs {@code gdalinfo -json} on a raster, in a child process with limits: only the named drivers, no network, no sidecar
 * files, at most 512 MiB of memory, 8 s of CPU time and 16 MiB of output, and a timeout.
 *
 * <p>Thread-safe.
 */
public final class GdalInfoCommand {
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
    private static final String SKIPPED = "HTTP WMS WCS WMTS OGCAPI PLMOSAIC EEDAI DAAS STACTA STACIT NGW";

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

    public GdalInfoCommand() {
        this("gdalinfo", Duration.ofSeconds(20));
    }

    /** @param timeout wall time of one run; a run that takes longer is no fault of the scene */
    public GdalInfoCommand(String program, Duration timeout) {
        this.program = program;
        this.timeout = timeout;
    }

    /**
     * Describes a file.
     *
     * @param file a regular file
     * @param drivers GDAL's short names of the drivers that may open the file, such as {@code GTiff}
     * @throws BadSceneException when GDAL cannot read the file within the limits
     * @throws SceneUnavailableException when gdalinfo is missing, or the machine or the disk does not answer
     */
    public GdalInfo describe(Path file, List<String> drivers) {
        Path absolute = file.toAbsolutePath();
        return inFolder(file, folder -> parse(absolute, run(absolute, folder, gdalinfo(absolute, drivers), Map.of())));
    }

    /**
     * Describes a raster that Swath's user names in a setting, which may be of any format, and name other files (VRT).
     *
     * @throws BadSceneException as {@link #describe}
     * @throws SceneUnavailableException as {@link #describe}
     */
    public GdalInfo describeOwn(Path file) {
        Path absolute = file.toAbsolutePath();
        return inFolder(
                file,
                folder -> parse(
                        absolute, run(absolute, folder, gdalinfo(absolute, List.of()), Map.of("GDAL_SKIP", SKIPPED))));
    }

    /**
     * Where points lie in another system, by {@code gdaltransform}.
     *
     * @param scene the file that an error names
     * @param arguments of the program: systems and transformation; a VRT without pixels is {@code place.vrt}
     * @param vrt the text of that VRT
     * @param points x and y
     * @return x and y for each point; NaN where a point has no place there
     * @throws BadSceneException when GDAL cannot read the VRT
     * @throws SceneUnavailableException as {@link #describe}
     */
    List<double[]> transform(Path scene, List<String> arguments, String vrt, List<double[]> points) {
        return inFolder(scene, folder -> {
            Files.writeString(folder.resolve("place.vrt"), vrt);
            Path input = folder.resolve("points");
            Files.write(
                    input,
                    points.stream().map(point -> point[0] + " " + point[1]).toList());
            List<String> command =
                    new ArrayList<>(List.of(program.replaceFirst("gdalinfo$", "gdaltransform"), "-output_xy"));
            command.addAll(arguments);
            String found = run(scene, folder, command, Map.of("GDAL_SKIP", SKIPPED), input);
            return found.lines().map(GdalInfoCommand::point).toList();
        });
    }

    private static double[] point(String line) {
        String[] words = line.strip().split(" ");
        try {
            return new double[] {Double.parseDouble(words[0]), Double.parseDouble(words[1])};
        } catch (NumberFormatException
                | ArrayIndexOutOfBoundsException failed) { // GDAL writes "transformation failed."
            return new double[] {Double.NaN, Double.NaN};
        }
    }

    /**
     * What a position means: its coordinate system in WKT 2 with its EPSG code, and the outline.
     *
     * @param scene the file that an error names
     * @param said the position as a scene's files say it; its WKT may be in any dialect that GDAL reads
     * @throws BadSceneException when GDAL cannot read the position
     * @throws SceneUnavailableException as {@link #describe}
     */
    public Georeference locate(Path scene, int width, int height, Georeference said) {
        return inFolder(scene, folder -> {
            Path vrt = Files.writeString(folder.resolve("place.vrt"), GeoreferenceXml.emptyVrt(width, height, said));
            String found = run(scene, folder, gdalinfo(vrt, List.of("VRT")), Map.of("GDAL_SKIP", SKIPPED));
            Georeference now = parse(scene, found).georeference();
            return new Georeference(
                    now.geoTransform(),
                    now.wkt(),
                    now.epsg(),
                    now.axisMapping(),
                    now.gcps(),
                    now.gcpWkt(),
                    now.gcpAxisMapping(),
                    said.rpc(),
                    said.areaOrPoint(),
                    now.footprint());
        });
    }

    /**
     * The coordinate system of a {@code .prj} file in WKT 2, with its EPSG code where GDAL finds one.
     *
     * @throws BadSceneException when the file does not describe a coordinate system
     * @throws SceneUnavailableException as {@link #describe}
     */
    String system(Path projection) {
        String text = CompanionText.read(projection);
        return inFolder(projection, folder -> {
            Path copy = Files.writeString(folder.resolve("system.prj"), text);
            List<String> command = List.of(
                    program.replaceFirst("gdalinfo$", "gdalsrsinfo"),
                    "--single-line",
                    "-e",
                    "-o",
                    "wkt2_2019",
                    "ESRI::" + copy);
            try {
                String wkt = run(projection, folder, command, Map.of())
                        .lines()
                        .filter(line -> line.indexOf('[') > 0)
                        .findFirst()
                        .orElse("");
                if (!wkt.isEmpty()) {
                    return wkt.strip();
                }
            } catch (BadSceneException unreadable) {
                throw notASystem(projection, unreadable);
            }
            throw notASystem(projection, null);
        });
    }

    private static BadSceneException notASystem(Path projection, BadSceneException cause) {
        BadSceneException bad = CompanionText.bad(
                projection,
                "GDAL finds no coordinate system in it",
                "Write the coordinate system as WKT (gdalsrsinfo -o wkt1_esri EPSG:32633).");
        bad.initCause(cause);
        return bad;
    }

    private static GdalInfo parse(Path file, String text) {
        return new GdalInfoParser(file).parse(text);
    }

    @FunctionalInterface
    private interface Work<T> {
        T in(Path folder) throws IOException, InterruptedException;
    }

    private <T> T inFolder(Path file, Work<T> work) {
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

    private String run(Path file, Path folder, List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        return run(file, folder, command, environment, Files.createFile(folder.resolve("nothing")));
    }

    private String run(Path file, Path folder, List<String> command, Map<String, String> environment, Path input)
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

    private List<String> gdalinfo(Path file, List<String> drivers) {
        List<String> command = new ArrayList<>(List.of(program, "-json", "-norat"));
        for (String driver : drivers) {
            command.add("-if");
            command.add(driver);
        }
        // The path is absolute, so gdalinfo cannot read it as an option (it has no "--").
        command.add(file.toString());
        return command;
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
