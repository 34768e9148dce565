package io.swath.untrusted.raster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Asks GDAL's programs about rasters and coordinate systems, in child processes with limits (see {@link GdalProcess}): only
 * the named drivers, no network, no sidecar files.
 *
 * <p>Thread-safe.
 */
public final class GdalInfoCommand {
    private final GdalProcess gdal;

    public GdalInfoCommand() {
        this("gdalinfo", Duration.ofSeconds(20));
    }

    /** @param timeout wall time of one run; a run that takes longer is no fault of the scene */
    public GdalInfoCommand(String program, Duration timeout) {
        this.gdal = new GdalProcess(program, timeout);
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
        return gdal.inFolder(
                file, folder -> parse(absolute, gdal.run(absolute, folder, gdalinfo(absolute, drivers), Map.of())));
    }

    /**
     * Describes a raster that Swath's user names in a setting, which may be of any format, and name other files (VRT).
     *
     * @throws BadSceneException as {@link #describe}
     * @throws SceneUnavailableException as {@link #describe}
     */
    public GdalInfo describeOwn(Path file) {
        Path absolute = file.toAbsolutePath();
        return gdal.inFolder(
                file,
                folder -> parse(
                        absolute,
                        gdal.run(
                                absolute,
                                folder,
                                gdalinfo(absolute, List.of()),
                                Map.of("GDAL_SKIP", GdalProcess.SKIPPED))));
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
        return gdal.inFolder(scene, folder -> {
            Files.writeString(folder.resolve("place.vrt"), vrt);
            Path input = folder.resolve("points");
            Files.write(
                    input,
                    points.stream().map(point -> point[0] + " " + point[1]).toList());
            List<String> command = new ArrayList<>(List.of(gdal.program("gdaltransform"), "-output_xy"));
            command.addAll(arguments);
            String found = gdal.run(scene, folder, command, Map.of("GDAL_SKIP", GdalProcess.SKIPPED), input);
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
        return gdal.inFolder(scene, folder -> {
            Path vrt = Files.writeString(folder.resolve("place.vrt"), GeoreferenceXml.emptyVrt(width, height, said));
            String found =
                    gdal.run(scene, folder, gdalinfo(vrt, List.of("VRT")), Map.of("GDAL_SKIP", GdalProcess.SKIPPED));
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
        return gdal.inFolder(projection, folder -> {
            Path copy = Files.writeString(folder.resolve("system.prj"), text);
            List<String> command =
                    List.of(gdal.program("gdalsrsinfo"), "--single-line", "-e", "-o", "wkt2_2019", "ESRI::" + copy);
            try {
                String wkt = gdal.run(projection, folder, command, Map.of())
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

    private List<String> gdalinfo(Path file, List<String> drivers) {
        List<String> command = new ArrayList<>(List.of(gdal.program("gdalinfo"), "-json", "-norat"));
        for (String driver : drivers) {
            command.add("-if");
            command.add(driver);
        }
        // The path is absolute, so gdalinfo cannot read it as an option (it has no "--").
        command.add(file.toString());
        return command;
    }
}
