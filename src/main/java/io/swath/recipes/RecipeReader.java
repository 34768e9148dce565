package io.swath.recipes;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Accepts;
import io.swath.model.Recipe.Assemble;
import io.swath.model.Recipe.BandSelector;
import io.swath.model.Recipe.MapClass;
import io.swath.model.Recipe.Model;
import io.swath.model.Recipe.Output;
import io.swath.model.Recipe.Step;
import io.swath.model.RecipeRequest;
import io.swath.model.TileSize;
import io.swath.model.TilesPerTask;
import io.swath.model.Tiling;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import io.swath.untrusted.Yaml;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads one {@code recipe.yaml}, strictly. Immutable. */
final class RecipeReader {
    /** The fastest size that was measured for a cheap CPU step: with smaller tiles, start-up takes most of the time. */
    private static final int TILE_SIZE = 4096;

    /** The smallest size that {@code auto} chooses, unless the recipe has another. */
    private static final int LEAST_AUTO_SIZE = 1024;

    private static final int SMALLEST_TILE = 16;
    private static final int LARGEST_TILE = 65_536;

    private static final int LARGEST_FILE = 64 * 1024;
    private static final List<String> COMPRESSIONS = List.of("DEFLATE", "ZSTD", "LZW", "NONE");
    private static final List<String> RESAMPLINGS =
            List.of("AVERAGE", "NEAREST", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS", "MODE", "RMS");
    private static final List<String> ORTHO_RESAMPLINGS = List.of("CUBIC", "NEAREST", "BILINEAR", "LANCZOS");
    /** GDAL's type names, each with the range of its values. */
    private static final Map<String, Range> TYPES = Map.of(
            Output.OF_SCENE,
            new Range(0, 255, true), // what every type holds
            "Byte",
            new Range(0, 255, true),
            "UInt16",
            new Range(0, 65_535, true),
            "Int16",
            new Range(-32_768, 32_767, true),
            "UInt32",
            new Range(0, 4_294_967_295.0, true),
            "Int32",
            new Range(-2_147_483_648.0, 2_147_483_647.0, true),
            "Float32",
            new Range(-Float.MAX_VALUE, Float.MAX_VALUE, false),
            "Float64",
            new Range(-Double.MAX_VALUE, Double.MAX_VALUE, false));

    private record Range(double least, double most, boolean wholeNumbers) {
        boolean holds(double value) {
            if (!Double.isFinite(value)) {
                return !wholeNumbers;
            }
            return value >= least && value <= most && (!wholeNumbers || value == Math.rint(value));
        }
    }

    private final Path folder;
    private final Path file;
    private final boolean checkModel;

    /** {@code checkModel} is false for the copy of a recipe, whose model is checked on the node before it is used. */
    RecipeReader(Path folder, boolean checkModel) {
        this.folder = folder;
        this.checkModel = checkModel;
        this.file = folder.resolve(RecipeFolder.DESCRIPTION);
    }

    /**
     * @param files the recipe's folder, which is hashed
     * @throws RecipeException when the file is missing, is not valid YAML, or breaks a rule
     */
    Recipe read(String name, RecipeFolder files) {
        StrictFields root = root();
        String description = root.text("description").orElse("");
        StrictFields accepts = root.object("accepts")
                .orElseThrow(() -> root.missing("accepts", "Write accepts: { bands: [red, nir] }."));
        List<List<BandSelector>> bands = BandsReader.read(accepts);
        Accepts scenes = AcceptsReader.read(accepts, bands.subList(1, bands.size()));
        accepts.nothingElse();
        Optional<StrictFields> tile = root.object("tile");
        Tiling tiling = tile.map(RecipeReader::tiling).orElse(Tiling.of(TILE_SIZE));
        Optional<Step> prepare = root.object("prepare").map(new StepReader(folder)::preparation);
        List<Step> steps = steps(root, prepare.map(Step::name).stream().collect(Collectors.toSet()));
        Optional<Output> output = root.object("output").map(RecipeReader::output);
        Assemble assemble = root.object("assemble")
                .map(RecipeReader::assemble)
                .orElse(new Assemble(true, COMPRESSIONS.get(0), RESAMPLINGS.get(0)));
        Recipe.Ortho ortho = root.object("ortho").map(RecipeReader::ortho).orElse(Recipe.Ortho.DEFAULT);
        int retries = root.integer("retries", 0, 100).orElse(3);
        Optional<Model> model = root.object("model").map(ModelReader::read);
        root.nothingElse();
        if (assemble.polygons()
                && output.map(made -> made.bands() != 1
                                || made.type().startsWith("Float")
                                || made.type().equals(Output.OF_SCENE))
                        .orElse(true)) {
            throw root.wrong(
                    "polygons-are-of-classes",
                    "assemble.polygons",
                    "polygons are made of one band of whole numbers, and output does not promise that",
                    "Write output: { type: Byte, nodata: 255, bands: 1 }, or remove polygons.");
        }
        if (scenes.onMap()
                && model.flatMap(declared -> declared.margin().stream().boxed().findFirst())
                        .filter(margin -> margin > tiling.overlap())
                        .isPresent()) {
            throw root.wrong(
                    "margin-fits-the-overlap",
                    "model.margin",
                    "it is larger than tile.overlap (" + tiling.overlap()
                            + "), and a tile of a scene that Swath puts onto a map"
                            + " has no pixels beyond its overlap",
                    "Write a tile.overlap of at least model.margin.");
        }
        if (checkModel && model.isPresent()) {
            new ModelReader(file).check(model.get(), folder);
        }
        return new Recipe(
                name,
                folder,
                files.hash(model.map(Model::file)),
                description,
                bands.get(0),
                tiling,
                steps,
                output,
                assemble,
                retries,
                scenes,
                prepare,
                ortho,
                model);
    }

    private StrictFields root() {
        if (yaml() instanceof ObjectNode mapping) {
            return StrictFields.ofYaml(
                    mapping, bad -> new RecipeException(file, bad.field(), bad.what(), bad.remedy()));
        }
        throw new RecipeException(file, "", "it is not a mapping of names to values", "Write \"name: value\".");
    }

    private JsonNode yaml() {
        try {
            if (!Files.isRegularFile(file)) {
                throw new RecipeException(file, "", "there is no such file", "Write one, or remove the folder.");
            }
            if (Files.size(file) > LARGEST_FILE) {
                throw new RecipeException(file, "", "it is larger than 64 KiB", "Move data into files beside it.");
            }
            return Yaml.read(Files.readAllBytes(file));
        } catch (JsonProcessingException notYaml) {
            String where = notYaml.getLocation() == null
                    ? ""
                    : "line " + notYaml.getLocation().getLineNr();
            String what = notYaml.getOriginalMessage().lines().findFirst().orElse("");
            RecipeException exception = new RecipeException(
                    file, where, "it is not valid YAML (" + what + ")", "Correct that line; mind the indentation.");
            exception.initCause(notYaml);
            throw exception;
        } catch (IOException failed) {
            RecipeException exception =
                    new RecipeException(file, "", "it cannot be read (" + failed + ")", "Make it readable for Swath.");
            exception.initCause(failed);
            throw exception;
        }
    }

    private List<Step> steps(StrictFields root, Set<String> taken) {
        List<Step> steps = new ArrayList<>();
        Set<String> names = new HashSet<>(taken);
        StepReader reader = new StepReader(folder);
        for (StrictFields fields :
                root.objects("steps", 16, "List at least one step, with its name and what to run.")) {
            Step step = reader.read(fields);
            if (!names.add(step.name())) {
                throw fields.wrong(
                        "steps-have-their-own-names",
                        "name",
                        "two steps are named \"" + step.name() + "\"",
                        "Give each its own name.");
            }
            steps.add(step);
        }
        return steps;
    }

    private static Tiling tiling(StrictFields tile) {
        TileSize size = tileSize(tile);
        Tiling tiling = new Tiling(
                size,
                tile.integer("overlap", 0, size.least()).orElse(0),
                tile.flag("skip-empty").orElse(true),
                perTask(tile));
        tile.nothingElse();
        return tiling;
    }

    private static Optional<TilesPerTask> perTask(StrictFields tile) {
        if (tile.json().path("per-task").isTextual()) {
            tile.word("per-task", List.of("auto"));
            return Optional.of(TilesPerTask.AUTO);
        }
        return tile.integer("per-task", 1, TilesPerTask.MOST).map(TilesPerTask::of);
    }

    private static TileSize tileSize(StrictFields tile) {
        if (!tile.json().path("size").isTextual()) {
            return TileSize.of(tile.integer("size", SMALLEST_TILE, LARGEST_TILE).orElse(TILE_SIZE));
        }
        tile.word("size", List.of("auto"));
        int most = tile.integer("max", SMALLEST_TILE, LARGEST_TILE).orElse(TILE_SIZE);
        return new TileSize(tile.integer("min", SMALLEST_TILE, most).orElse(Math.min(LEAST_AUTO_SIZE, most)), most);
    }

    private static Output output(StrictFields output) {
        String types = String.join(", ", TYPES.keySet().stream().sorted().toList()) + ".";
        String type = output.text("type").orElseThrow(() -> output.missing("type", "Write one of " + types));
        Range range = TYPES.get(type);
        if (range == null) {
            throw output.wrong(
                    "type-is-known",
                    "type",
                    "\"" + Texts.shown(type) + "\" is not a type of pixel",
                    "Use one of " + types);
        }
        double nodata = output.number("nodata").orElseThrow(() -> output.missing("nodata", "Write a number, or nan."));
        if (!range.holds(nodata)) {
            throw output.wrong(
                    "nodata-fits-the-type",
                    "nodata",
                    nodata + " is no value of " + type,
                    "Use a value that the type can hold.");
        }
        int bands = output.integer("bands", 1, 1000).orElse(1);
        List<MapClass> classes = ClassesReader.read(output, type, bands, nodata);
        output.nothingElse();
        return new Output(type, nodata, bands, classes);
    }

    private static Recipe.Ortho ortho(StrictFields ortho) {
        String resampling =
                ortho.wordInAnyCase("resampling", ORTHO_RESAMPLINGS).orElse(Recipe.Ortho.DEFAULT.resampling());
        ortho.nothingElse();
        return new Recipe.Ortho(resampling);
    }

    private static Assemble assemble(StrictFields assemble) {
        assemble.wordInAnyCase("format", List.of("COG"));
        boolean preview = assemble.flag("preview").orElse(true);
        String compress = assemble.wordInAnyCase("compress", COMPRESSIONS).orElse(COMPRESSIONS.get(0));
        String resampling = assemble.wordInAnyCase("resampling", RESAMPLINGS).orElse(RESAMPLINGS.get(0));
        boolean polygons = assemble.flag("polygons").orElse(false);
        RecipeRequest request = RequestReader.ofAssembly(assemble);
        assemble.nothingElse();
        return new Assemble(preview, compress, resampling, polygons, request);
    }
}
