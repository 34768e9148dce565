package io.swath.formats;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.untrusted.StrictFields;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.PatternSyntaxException;

/**
 * A folder of bands that a person describes in {@code scene.yaml}: for each band a file, or a pattern of file names that
 * matches one file.
 */
final class BandFolder implements SceneFormat {
    private static final String FILE = "scene.yaml";
    private static final int MOST_BANDS = 1000;

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
        String name = fields.text("id").orElse("scene");
        fields.text("datetime").ifPresent(text -> product.text("datetime", time(fields, text)));
        product.platform(
                fields.text("constellation").orElse(""),
                fields.text("platform").orElse(""),
                fields.text("instrument").stream().toList());
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
            Optional<Double> nodata = fields.number("nodata");
            if (nodata.isPresent()) {
                band = band.nodata((int) Math.rint(nodata.get()));
            }
            Optional<Double> scale = fields.number("scale");
            Optional<Double> offset = fields.number("offset");
            if (scale.isPresent() || offset.isPresent()) {
                band = band.scaled(scale.orElse(1.0), offset.orElse(0.0));
            }
            band = band.unit(fields.text("unit").orElse(""));
            fields.nothingElse();
        }
        product.asset(name, file(folder, rule, bands, name, pattern))
                .bands(List.of(band))
                .roles("data")
                .add();
    }

    /** The only file that matches, or the pattern itself while there is none. */
    private static Path file(ProductFolder folder, Path rule, StrictFields bands, String name, String pattern) {
        Path base = Optional.ofNullable(rule.getParent()).orElse(Path.of(""));
        PathMatcher matcher;
        try {
            matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException | IllegalStateException wrong) {
            throw bands.wrong(
                    "pattern-is-valid", name, Texts.shown(pattern) + " is not a pattern", "Write it as in *_B4.tif.");
        }
        List<Path> found = folder.files().stream()
                .filter(file -> file.startsWith(base) || base.toString().isEmpty())
                .filter(file -> matcher.matches(base.toString().isEmpty() ? file : base.relativize(file)))
                .toList();
        if (found.size() > 1) {
            throw bands.wrong(
                    "pattern-matches-one-file",
                    name,
                    Texts.shown(pattern) + " matches " + found.get(0).getFileName() + " and "
                            + found.get(1).getFileName(),
                    "Write a pattern that matches one file.");
        }
        return found.isEmpty() ? base.resolve(pattern) : found.get(0);
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
