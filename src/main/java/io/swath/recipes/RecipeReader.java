package io.swath.recipes;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Assemble;
import io.swath.model.Recipe.BandSelector;
import io.swath.model.Recipe.Output;
import io.swath.model.Recipe.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads one {@code recipe.yaml}, strictly. Immutable. */
final class RecipeReader {
    /** The measured best for a cheap step on CPUs: start-up dominates smaller tiles. */
    private static final int TILE_SIZE = 4096;

    private static final int LARGEST_FILE = 64 * 1024;
    private static final Pattern BAND = Pattern.compile("[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}");

    private static final List<String> COMPRESSIONS = List.of("DEFLATE", "ZSTD", "LZW", "NONE");
    private static final List<String> RESAMPLINGS =
            List.of("AVERAGE", "NEAREST", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS", "MODE", "RMS");
    /** GDAL's type names, each with the range of its values. */
    private static final Map<String, double[]> TYPES = Map.of(
            "Byte", new double[] {0, 255},
            "UInt16", new double[] {0, 65_535},
            "Int16", new double[] {-32_768, 32_767},
            "UInt32", new double[] {0, 4_294_967_295.0},
            "Int32", new double[] {-2_147_483_648.0, 2_147_483_647.0},
            "Float32", new double[] {-Float.MAX_VALUE, Float.MAX_VALUE},
            "Float64", new double[] {-Double.MAX_VALUE, Double.MAX_VALUE});

    private static final ObjectMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path folder;
    private final Path file;

    RecipeReader(Path folder) {
        this.folder = folder;
        this.file = folder.resolve(RecipeFolder.DESCRIPTION);
    }

    Recipe read(String name, String hash) {
        Fields root = new Fields(file, "", tree());
        String description = root.text("description").orElse("");
        Fields accepts = root.mapping("accepts")
                .orElseThrow(() -> root.wrong("accepts", "it is missing", "Write accepts: { bands: [red, nir] }."));
        List<BandSelector> bands = bands(accepts);
        accepts.nothingElse();
        Optional<Fields> tile = root.mapping("tile");
        int size = tile.map(fields -> fields.integer("size", TILE_SIZE, 16, 65_536))
                .orElse(TILE_SIZE);
        int overlap = tile.map(fields -> fields.integer("overlap", 0, 0, size)).orElse(0);
        boolean skipEmpty = tile.map(fields -> fields.flag("skip-empty", true)).orElse(true);
        tile.ifPresent(Fields::nothingElse);
        List<Step> steps = steps(root);
        Optional<Output> output = root.mapping("output").map(RecipeReader::output);
        Assemble assemble = root.mapping("assemble")
                .map(RecipeReader::assemble)
                .orElse(new Assemble(true, COMPRESSIONS.get(0), RESAMPLINGS.get(0)));
        int retries = root.integer("retries", 3, 0, 100);
        root.nothingElse();
        return new Recipe(
                name, folder, hash, description, bands, size, overlap, skipEmpty, steps, output, assemble, retries);
    }

    private JsonNode tree() {
        try {
            if (!Files.isRegularFile(file)) {
                throw new RecipeException(file, "", "there is no such file", "Write one, or remove the folder.");
            }
            if (Files.size(file) > LARGEST_FILE) {
                throw new RecipeException(file, "", "it is larger than 64 KiB", "Move data into files beside it.");
            }
            return YAML.readTree(Files.readAllBytes(file));
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

    private static List<BandSelector> bands(Fields accepts) {
        String remedy = "Name the bands as in [red, nir], or number them as in [3, 4].";
        List<BandSelector> bands = new ArrayList<>();
        for (JsonNode band : accepts.list("bands", 1000, remedy)) {
            if (band.isInt() && band.intValue() >= 1 && band.intValue() <= 65_535) {
                bands.add(new BandSelector("", band.intValue()));
            } else if (band.isTextual() && BAND.matcher(band.textValue()).matches()) {
                bands.add(new BandSelector(band.textValue().toLowerCase(Locale.ROOT), 0));
            } else {
                throw accepts.wrong("bands", band + " is neither a band's name nor its number", remedy);
            }
        }
        if (new HashSet<>(bands).size() < bands.size()) {
            throw accepts.wrong("bands", "a band is listed twice", "List each once: a script can read it twice.");
        }
        return bands;
    }

    private List<Step> steps(Fields root) {
        List<Step> steps = new ArrayList<>();
        Set<String> names = new HashSet<>();
        StepReader reader = new StepReader(folder);
        for (JsonNode node : root.list("steps", 16, "List at least one step, with its name and what to run.")) {
            Fields fields = new Fields(file, "steps[" + steps.size() + "]", node);
            Step step = reader.read(fields);
            if (!names.add(step.name())) {
                throw fields.wrong("name", "two steps are named \"" + step.name() + "\"", "Give each its own name.");
            }
            steps.add(step);
        }
        return steps;
    }

    private static Output output(Fields fields) {
        String type = fields.requiredText(
                "type",
                "Write one of "
                        + String.join(", ", TYPES.keySet().stream().sorted().toList()) + ".");
        double[] range = TYPES.get(type);
        if (range == null) {
            throw fields.wrong(
                    "type",
                    "\"" + type + "\" is not a type of pixel",
                    "Use one of "
                            + String.join(", ", TYPES.keySet().stream().sorted().toList()) + ".");
        }
        double nodata = fields.number("nodata");
        boolean whole = nodata == Math.rint(nodata);
        boolean fits = type.startsWith("Float")
                ? Double.isNaN(nodata) || (nodata >= range[0] && nodata <= range[1])
                : whole && nodata >= range[0] && nodata <= range[1];
        if (!fits) {
            throw fields.wrong("nodata", nodata + " is no value of " + type, "Use a value that the type can hold.");
        }
        int bands = fields.integer("bands", 1, 1, 1000);
        fields.nothingElse();
        return new Output(type, nodata, bands);
    }

    private static Assemble assemble(Fields fields) {
        fields.word("format", "COG", List.of("COG"));
        boolean preview = fields.flag("preview", true);
        String compress = fields.word("compress", COMPRESSIONS.get(0), COMPRESSIONS);
        String resampling = fields.word("resampling", RESAMPLINGS.get(0), RESAMPLINGS);
        fields.nothingElse();
        return new Assemble(preview, compress, resampling);
    }
}
