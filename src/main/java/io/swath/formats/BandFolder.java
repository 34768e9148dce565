package io.swath.formats;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import io.swath.untrusted.stac.ItemReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A folder of bands that a person describes in {@code scene.yaml}: for each band a file, or a pattern of file names that
 * matches one file.
 */
final class BandFolder implements SceneFormat {
    private static final int LONGEST_PATTERN = 1000;
    /** The longest text that says what a scene is, in characters. */
    static final int LONGEST_TEXT = 200;

    private static final String FILE = "scene.yaml";
    private static final int MOST_BANDS = ItemReader.MOST_ASSETS - 1; // and the rule itself

    @Override
    public String kind() {
        return "bands";
    }

    @Override
    public Optional<Product> read(ProductFolder folder) throws IOException {
        Optional<Path> rule = RuleFile.find(folder, FILE, kind());
        return rule.isEmpty() ? Optional.empty() : Optional.of(product(folder, rule.get()));
    }

    private Product product(ProductFolder folder, Path file) throws IOException {
        StrictFields fields = RuleFile.read(folder, file);
        ProductBuilder product = new ProductBuilder(kind(), folder);
        String name = fields.text("id", LONGEST_TEXT).orElse("scene");
        fields.text("datetime", LONGEST_TEXT).ifPresent(text -> product.text("datetime", time(fields, text)));
        product.platform(
                fields.text("constellation", LONGEST_TEXT).orElse(""),
                fields.text("platform", LONGEST_TEXT).orElse(""),
                fields.text("instrument", LONGEST_TEXT).stream().toList());
        fields.number("cloud").ifPresent(cover -> product.cloud(Double.toString(cover)));
        fields.number("gsd").ifPresent(size -> product.number("gsd", OptionalDouble.of(size)));
        StrictFields bands = fields.object("bands")
                .orElseThrow(() -> fields.missing("bands", "Write bands: { red: \"*_B4.tif\", nir: \"*_B5.tif\" }."));
        if (bands.json().size() > MOST_BANDS) {
            throw fields.wrong("bands-are-few", "bands", "there are more than " + MOST_BANDS, "List fewer.");
        }
        for (Map.Entry<String, JsonNode> entry : bands.json().properties()) {
            band(folder, product, file, bands, entry.getKey());
        }
        bands.nothingElse();
        fields.nothingElse();
        product.asset("rule", file).roles("metadata").always().add();
        return product.build(name);
    }

    private static void band(ProductFolder folder, ProductBuilder product, Path rule, StrictFields bands, String name)
            throws IOException {
        ProductBand band = ProductBand.of(name, name);
        String pattern;
        if (bands.json().get(name).isTextual()) {
            pattern = bands.text(name).orElseThrow();
        } else {
            StrictFields fields = bands.object(name)
                    .orElseThrow(() -> bands.missing(name, "Give the band's file, or a pattern such as \"*_B4.tif\"."));
            pattern = fields.text("file").orElseThrow(() -> fields.missing("file", "Give the band's file."));
            if (fields.has("nodata")) {
                band = band.nodata(nodata(fields));
            }
            Optional<Double> scale = fields.number("scale");
            Optional<Double> offset = fields.number("offset");
            if (scale.isPresent() || offset.isPresent()) {
                band = band.scaled(scale.orElse(1.0), offset.orElse(0.0));
            }
            band = band.unit(fields.text("unit", LONGEST_TEXT).orElse(""));
            fields.nothingElse();
        }
        product.asset(name, file(folder, rule, bands, name, pattern))
                .bands(List.of(band))
                .roles("data")
                .add();
    }

    private static String nodata(StrictFields fields) {
        JsonNode value = fields.json().get("nodata");
        return Numbers.nodata(value.asText())
                .orElseThrow(() -> fields.wrong(
                        "nodata-is-a-number",
                        "nodata",
                        Texts.shown(value.toString()) + " is no number",
                        "Write a number such as -9999, or nan."));
    }

    /** The only file that matches, or the pattern itself while there is none. */
    private static Path file(ProductFolder folder, Path rule, StrictFields bands, String name, String pattern) {
        Path base = ListedPath.folderOf(rule);
        if (!pattern.matches("[^/\\x00]{1,255}(/[^/\\x00]{1,255}){0,5}") || pattern.length() > LONGEST_PATTERN) {
            throw bands.wrong(
                    "pattern-is-valid", name, Texts.shown(pattern) + " is not a pattern", "Write it as in *_B4.tif.");
        }
        List<Path> found = folder.files().stream()
                .filter(file -> file.startsWith(base) || base.toString().isEmpty())
                .filter(file -> matches(pattern, (base.toString().isEmpty() ? file : base.relativize(file)).toString()))
                .toList();
        if (found.size() > 1) {
            throw bands.wrong(
                    "pattern-matches-one-file",
                    name,
                    Texts.shown(pattern) + " matches " + found.get(0).getFileName() + " and "
                            + found.get(1).getFileName(),
                    "Write a pattern that matches one file.");
        }
        return found.isEmpty() ? ListedPath.below(rule, pattern) : found.get(0);
    }

    /**
     * Whether a path matches a pattern, in which {@code *} stands for any letters of one name. By hand: a regular expression
     * may need years for such a pattern.
     */
    private static boolean matches(String pattern, String path) {
        String[] wanted = pattern.split("/", -1);
        String[] names = path.split("/", -1);
        if (wanted.length != names.length) {
            return false;
        }
        for (int part = 0; part < wanted.length; part++) {
            if (!matchesName(wanted[part].split("\\*", -1), names[part])) {
                return false;
            }
        }
        return true;
    }

    private static boolean matchesName(String[] pieces, String name) {
        if (pieces.length == 1) {
            return name.equals(pieces[0]);
        }
        String last = pieces[pieces.length - 1];
        int end = name.length() - last.length();
        int at = pieces[0].length();
        if (!name.startsWith(pieces[0]) || !name.endsWith(last)) {
            return false;
        }
        for (int piece = 1; piece < pieces.length - 1; piece++) {
            int found = name.indexOf(pieces[piece], at);
            if (found < 0) {
                return false;
            }
            at = found + pieces[piece].length();
        }
        return at <= end;
    }

    private static String time(StrictFields fields, String text) {
        return Times.utc(text)
                .map(time -> time.toInstant().toString())
                .orElseThrow(() -> fields.wrong(
                        "time-is-iso-8601",
                        "datetime",
                        Texts.shown(text) + " is not a time",
                        "Write it as in 2024-05-12T03:23:45Z."));
    }
}
