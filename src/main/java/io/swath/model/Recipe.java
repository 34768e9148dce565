package io.swath.model;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A recipe: how a scene is processed. Immutable.
 *
 * @param name the folder's name under {@code config/recipes}
 * @param folder the folder with the recipe's scripts
 * @param hash SHA-256 over the folder's content, in hexadecimal; if it differs, the recipe has changed
 * @param bands the bands that the scripts read, in this order; the preferred ones of {@link #bandChoices}
 * @param tiling how it cuts a scene into tiles
 * @param steps the steps, which each tile passes one after the other
 * @param output what the last step writes; empty if the recipe does not declare it
 * @param retries how often a tile is retried after failures that are its own fault
 * @param accepts what a scene must be, beside having the bands
 * @param prepare what runs once for a scene before its tiles; empty: nothing
 * @param ortho how a scene is put onto a map, if the recipe needs a map
 * @param model the model that the scripts run; empty if the recipe names none
 */
public record Recipe(
        String name,
        Path folder,
        String hash,
        String description,
        List<BandSelector> bands,
        Tiling tiling,
        List<Step> steps,
        Optional<Output> output,
        Assemble assemble,
        int retries,
        Accepts accepts,
        Optional<Step> prepare,
        Ortho ortho,
        Optional<Model> model) {
    /** The kind of several scenes that become one product. Only a recipe that names it accepts it. */
    public static final String MOSAIC = "mosaic";

    /** The kinds of scene: a GeoTIFF alone, files that somebody's STAC Item describes, and the kinds of {@code formats}. */
    public static final List<String> KINDS = List.of(
            "geotiff",
            "stac",
            "bands",
            MOSAIC,
            "sentinel-2",
            "sentinel-2-tile",
            "landsat",
            "gaofen",
            "cbers",
            "planetscope",
            "dimap",
            "sentinel-1");

    /** The name of the step that {@code prepare} describes, which job.sh contains too. */
    public static final String PREPARE = "prepare";

    /** What a recipe may be called. */
    public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

    public Recipe {
        bands = List.copyOf(bands);
        steps = List.copyOf(steps);
    }

    /** The bands that the scripts read: {@link #bands}, or else the first list of {@code accepts.otherBands} that is there. */
    public BandChoices bandChoices() {
        List<List<BandSelector>> lists = new ArrayList<>(List.of(bands));
        lists.addAll(accepts.otherBands());
        return new BandChoices(lists);
    }

    /** A recipe that accepts every scene with its bands. */
    public Recipe(
            String name,
            Path folder,
            String hash,
            String description,
            List<BandSelector> bands,
            Tiling tiling,
            List<Step> steps,
            Optional<Output> output,
            Assemble assemble,
            int retries) {
        this(
                name,
                folder,
                hash,
                description,
                bands,
                tiling,
                steps,
                output,
                assemble,
                retries,
                Accepts.EVERYTHING,
                Optional.empty(),
                Ortho.DEFAULT,
                Optional.empty());
    }

    /**
     * What a batch runs.
     *
     * @param index the index of a step, from 0, or {@link Batch#PREPARATION}
     */
    public Step step(int index) {
        return index == Batch.PREPARATION ? prepare.orElseThrow() : steps.get(index);
    }

    /** The same recipe with a step before its own. */
    public Recipe after(Step first) {
        return withSteps(Stream.concat(Stream.of(first), steps.stream()).toList());
    }

    /** The same recipe with other steps. */
    public Recipe withSteps(List<Step> others) {
        return with(bands, others, accepts);
    }

    /**
     * The same recipe, for each part of a mosaic as if it were a scene by itself.
     *
     * @param chosen the list of bands that is read of all parts
     */
    public Recipe forParts(List<BandSelector> chosen) {
        List<String> kinds =
                accepts.kinds().stream().filter(kind -> !kind.equals(MOSAIC)).toList();
        return with(chosen, steps, new Accepts(kinds, accepts.sensors(), accepts.mostCloud(), accepts.onMap()));
    }

    private Recipe with(List<BandSelector> otherBands, List<Step> otherSteps, Accepts otherScenes) {
        return new Recipe(
                name,
                folder,
                hash,
                description,
                otherBands,
                tiling,
                otherSteps,
                output,
                assemble,
                retries,
                otherScenes,
                prepare,
                ortho,
                model);
    }

    /**
     * What a scene must be.
     *
     * @param kinds names of {@link #KINDS}; empty for every kind
     * @param sensors names of constellations, platforms or instruments, in lower case; empty for all
     * @param mostCloud the most cloud cover in percent; a scene that does not say its cloud cover is accepted
     * @param onMap whether its pixels must lie on a map, and not in the sensor's image
     * @param otherBands what the scripts can read where the recipe's bands are not all there, the preferred list first
     */
    public record Accepts(
            List<String> kinds,
            List<String> sensors,
            OptionalDouble mostCloud,
            boolean onMap,
            List<List<BandSelector>> otherBands) {
        static final Accepts EVERYTHING = new Accepts(List.of(), List.of(), OptionalDouble.empty(), false);

        public Accepts {
            kinds = List.copyOf(kinds);
            sensors = List.copyOf(sensors);
            otherBands = otherBands.stream().map(List::copyOf).toList();
        }

        /** For a recipe that reads the same bands of every scene. */
        public Accepts(List<String> kinds, List<String> sensors, OptionalDouble mostCloud, boolean onMap) {
            this(kinds, sensors, mostCloud, onMap, List.of());
        }
    }

    /**
     * How a scene is put onto a map.
     *
     * @param resampling GDAL's name of the resampling method, for bands without classes
     */
    public record Ortho(String resampling) {
        public static final Ortho DEFAULT = new Ortho("CUBIC");
    }

    /**
     * Lists of bands, of which a recipe reads one: the first that a scene has completely. Immutable.
     *
     * @param lists at least one, the preferred first
     */
    public record BandChoices(List<List<BandSelector>> lists) {
        /** The rule that a scene breaks which lacks a band of its recipe. */
        public static final String MISSING = "bands-are-there";

        public BandChoices {
            if (lists.isEmpty()) {
                throw new IllegalArgumentException("there is no list of bands");
            }
            lists = lists.stream().map(List::copyOf).toList();
        }

        /**
         * The only list, or the first of which a scene has every band.
         *
         * @param choose finds the bands of a list, and breaks the rule {@link #MISSING} when the scene lacks one
         * @param missing the error for what the scene lacks
         * @throws RejectedException when the scene has none of several lists, or breaks another rule
         */
        public List<BandSelector> firstOf(
                Consumer<List<BandSelector>> choose, Function<String, RejectedException> missing) {
            if (lists.size() == 1) {
                return lists.get(0);
            }
            for (List<BandSelector> list : lists) {
                try {
                    choose.accept(list);
                    return list;
                } catch (RejectedException bad) {
                    if (!bad.rule().equals(MISSING)) {
                        throw bad;
                    }
                }
            }
            throw missing.apply("complete list of bands of " + this);
        }

        /** The first list that a scene has; empty when it has none of them. */
        public Optional<List<BandSelector>> firstOf(Predicate<List<BandSelector>> has) {
            return lists.stream().filter(has).findFirst();
        }

        /** As {@code qa_pixel; or blue, red}, for people. */
        @Override
        public String toString() {
            return lists.stream()
                    .map(list -> list.stream().map(BandSelector::toString).collect(Collectors.joining(", ")))
                    .collect(Collectors.joining("; or "));
        }
    }

    /**
     * A band, selected by its name or by its number.
     *
     * @param name the STAC common name, such as {@code red}
     * @param number the band's number in the scene, from 1; 0 if the band is selected by its name
     */
    public record BandSelector(String name, int number) {
        @Override
        public String toString() {
            return number > 0 ? Integer.toString(number) : name;
        }
    }

    /**
     * One script, which runs once for each tile, or once for the scene before its tiles.
     *
     * @param run the script's path in the recipe's folder
     * @param cpus for each of its tasks
     * @param memoryMiB for its tasks on one node together
     * @param gpu GPUs that it needs on each node: 0 for none, less than 1 for a share of one GPU, or a whole number of GPUs
     * @param placement on which nodes it runs, and on how many
     */
    public record Step(
            String name,
            String run,
            Device device,
            int cpus,
            int memoryMiB,
            Duration time,
            double gpu,
            Placement placement) {
        /** A step of one task that runs anywhere. */
        public Step(String name, String run, Device device, int cpus, int memoryMiB, Duration time, double gpu) {
            this(name, run, device, cpus, memoryMiB, time, gpu, Placement.NONE);
        }

        /** Whether it can run on a GPU, and on CPUs alone. */
        public boolean onAnyDevice() {
            return device == Device.ANY && gpu > 0;
        }

        /** The same step on a GPU, or on CPUs alone. Only for a step that {@link #onAnyDevice} can run there. */
        public Step on(Device one) {
            return one == Device.GPU
                    ? new Step(name, run, one, cpus, memoryMiB, time, gpu, placement)
                    : new Step(name, run, one, cpus, memoryMiB, time, 0, placement.withoutGpu());
        }
    }

    /**
     * The raster that the last step writes.
     *
     * @param type GDAL's name of the data type, such as {@code Int16}; or {@link #OF_SCENE}
     * @param classes what the values mean, if the output is a map of classes; else empty
     */
    public record Output(String type, double nodata, int bands, List<MapClass> classes) {
        /** The type that the scene's pixels have, whatever that is. */
        public static final String OF_SCENE = "scene";

        public Output {
            classes = List.copyOf(classes);
        }

        /** Output that is not a map of classes. */
        public Output(String type, double nodata, int bands) {
            this(type, nodata, bands, List.of());
        }
    }

    /**
     * A class of a map of classes.
     *
     * @param value from 0 to 255
     * @param color six hexadecimal digits, red, green and blue; empty if the class has none
     */
    public record MapClass(int value, String name, String color) {}

    /**
     * A trained model in an ONNX file, which the project does not ship.
     *
     * @param file in the recipe's folder, or an absolute path
     * @param sha256 in 64 lower-case hexadecimal digits
     * @param margin pixels around a window that its result depends on; empty if the script finds out itself
     */
    public record Model(Path file, String sha256, OptionalInt margin) {}

    /**
     * How the tiles are assembled into a product.
     *
     * @param compress GDAL's name of the compression
     * @param resampling GDAL's name of the resampling method for the overviews
     * @param polygons whether the product has its areas of equal value as polygons too
     * @param request what its job asks for; it runs on CPUs alone
     */
    public record Assemble(
            boolean preview, String compress, String resampling, boolean polygons, RecipeRequest request) {
        /** Without polygons, in a job of Swath's choice. */
        public Assemble(boolean preview, String compress, String resampling) {
            this(preview, compress, resampling, false, RecipeRequest.NONE);
        }
    }
}
