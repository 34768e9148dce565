package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.swath.arrival.CommandArrival;
import io.swath.arrival.ScenePreview;
import io.swath.arrival.SceneRepair;
import io.swath.arrival.folder.InboxArrival;
import io.swath.arrival.station.AllowedPaths;
import io.swath.arrival.station.AnnouncementReceiver;
import io.swath.arrival.station.Pickup;
import io.swath.model.Announcement;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Roots;
import io.swath.testing.Arrivals;
import io.swath.testing.Workbench;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Landsat Items as those of the USGS, which list no scale: the MTL file gives it, however the scene arrives. */
@Tag("resources")
class LandsatItemTest {
    @TempDir
    static Path made;

    @TempDir
    Path folder;

    private Workbench bench;
    private RecipeBook book;

    /** The MTL file of a level, and the scale and offset that follow from it. A Level-2 file has Level-1 groups at its end. */
    private enum Level {
        LEVEL_1("LC08_L1TP_1", "_B", "L1TP", 2e-5 / 0.5, -0.1 / 0.5),
        LEVEL_2("LC08_L2SP_1", "_SR_B", "L2SP", 2.75e-5, -0.2);

        private final String product;
        private final String band;
        private final String level;
        private final double scale;
        private final double offset;

        Level(String product, String band, String level, double scale, double offset) {
            this.product = product;
            this.band = band;
            this.level = level;
            this.scale = scale;
            this.offset = offset;
        }

        private String mtl() {
            return """
                    GROUP = LANDSAT_METADATA_FILE
                      GROUP = PRODUCT_CONTENTS
                        LANDSAT_PRODUCT_ID = "%s"
                        PROCESSING_LEVEL = "%s"
                        FILE_NAME_BAND_4 = "elsewhere_4.TIF"
                        FILE_NAME_BAND_5 = "elsewhere_5.TIF"
                      END_GROUP = PRODUCT_CONTENTS
                      GROUP = IMAGE_ATTRIBUTES
                        SPACECRAFT_ID = "LANDSAT_8"
                        SENSOR_ID = "OLI_TIRS"
                        SUN_ELEVATION = 30
                      END_GROUP = IMAGE_ATTRIBUTES
                      %s
                      GROUP = LEVEL1_RADIOMETRIC_RESCALING
                        REFLECTANCE_MULT_BAND_4 = 2.0000E-05
                        REFLECTANCE_MULT_BAND_5 = 2.0000E-05
                        REFLECTANCE_ADD_BAND_4 = -0.1
                        REFLECTANCE_ADD_BAND_5 = -0.1
                      END_GROUP = LEVEL1_RADIOMETRIC_RESCALING
                    END_GROUP = LANDSAT_METADATA_FILE
                    END
                    """.formatted(product, level, this == LEVEL_1 ? "" : """
                    GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
                        REFLECTANCE_MULT_BAND_4 = 2.75e-05
                        REFLECTANCE_MULT_BAND_5 = 2.75e-05
                        REFLECTANCE_ADD_BAND_4 = -0.2
                        REFLECTANCE_ADD_BAND_5 = -0.2
                      END_GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
                    """);
        }
    }

    @BeforeAll
    static void makeBands() throws Exception {
        Rasters.make(made, """
                ds = make('red.tif', bands=1)
                ds = make('nir.tif', bands=1)
                ds = None
                """);
    }

    @BeforeEach
    void open() throws IOException {
        bench = new Workbench(folder);
        bench.installRecipe("ndvi");
        bench.installRecipe("texture");
        book = bench.recipes();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    /** Writes the Item, its bands and the MTL file into a folder, which is made. */
    private static Path write(Path into, Level level, String before) throws IOException {
        Files.createDirectories(into);
        Files.copy(made.resolve("red.tif"), into.resolve(level.product + level.band + "4.TIF"));
        Files.copy(made.resolve("nir.tif"), into.resolve(level.product + level.band + "5.TIF"));
        Files.writeString(into.resolve(level.product + "_MTL.txt"), level.mtl());
        return Files.writeString(into.resolve("scene.json"), """
                {"type": "Feature", "stac_version": "1.0.0", "id": "%1$s", "properties": {"datetime": "2022-10-05T11:54:11Z"},
                 "assets": {
                  "red": {"href": "%3$s%1$s%2$s4.TIF", "type": "image/vnd.stac.geotiff; cloud-optimized=true",
                          "eo:bands": [{"name": "B4", "common_name": "red"}]},
                  "MTL.json": {"href": "%3$s%1$s_MTL.json", "type": "application/json"},
                  "MTL.txt": {"href": "%3$s%1$s_MTL.txt", "type": "text/plain"},
                  "nir08": {"href": "%3$s%1$s%2$s5.TIF", "type": "image/vnd.stac.geotiff; cloud-optimized=true",
                            "eo:bands": [{"name": "B5", "common_name": "nir08"}]}}}
                """.formatted(level.product, level.band, before));
    }

    private void drop() {
        InboxArrival arrival = Arrivals.on(bench).inboxes();
        arrival.due().forEach(arrival::take);
    }

    private void announce(String message) {
        AllowedPaths places = new AllowedPaths(bench.storage, List.of());
        AnnouncementReceiver receiver = new AnnouncementReceiver(bench.ledger, places, book, bench.clock);
        Pickup pickup = Arrivals.on(bench).pickup(places, Duration.ofSeconds(1));
        assertThat(receiver.receive("ID:1", "c", message)).isEmpty();
        for (int second = 0; second < 10; second++) {
            bench.pass(Duration.ofSeconds(1));
            List<Announcement> due = pickup.due();
            due.forEach(pickup::look);
            pickup.more(due);
        }
    }

    private Scene submit(Path path) throws IOException {
        return new CommandArrival(bench.ledger, bench.storage, bench.clock)
                .accept(path, Roots.of(folder), recipe("ndvi"), Priority.NORMAL);
    }

    private Recipe recipe(String name) {
        return book.find(name).orElseThrow();
    }

    private List<Scene> accepted() {
        return bench.ledger.read(session -> session.scenes().inStates(Set.of(SceneState.ACCEPTED)));
    }

    private void assertAccepted(Level level, String... recipes) throws IOException {
        assertThat(accepted()).extracting(Scene::recipe).containsExactlyInAnyOrder(recipes);
        for (Scene scene : accepted()) {
            Path place = bench.storage.scene(scene.id());
            assertScaled(inspector().inspect(place, recipe(scene.recipe())), level);
            assertThat(SceneRepair.hasContent(place, scene)).isTrue();
        }
    }

    private SceneInspector inspector() throws IOException {
        return new SceneInspector(folder.toRealPath(), new GdalInfoCommand());
    }

    private static void assertScaled(Inspection inspection, Level level) {
        assertThat(inspection.info().bands()).hasSize(2).allSatisfy(band -> {
            assertThat(band.scale()).isCloseTo(level.scale, within(1e-18));
            assertThat(band.offset()).isCloseTo(level.offset, within(1e-15));
        });
    }

    @ParameterizedTest
    @EnumSource
    void a_dropped_folder(Level level) throws IOException {
        Path entry = bench.storage.inbox().resolve("ndvi/L8");
        write(entry, level, "./");
        Files.writeString(entry.resolve("notes.txt"), "a text");
        drop();
        assertAccepted(level, "ndvi");
        assertThat(bench.storage.scene(accepted().get(0).id()).resolve(".beside"))
                .isDirectoryNotContaining("glob:**MTL*")
                .isDirectoryContaining("glob:**notes.txt");
    }

    @Test
    void a_dropped_folder_for_several_recipes() throws IOException {
        write(
                bench.storage
                        .folder(bench.storage.inbox().resolve("ndvi+texture"))
                        .resolve("L8"),
                Level.LEVEL_2,
                "./");
        drop();
        assertAccepted(Level.LEVEL_2, "ndvi", "texture");
    }

    @ParameterizedTest
    @EnumSource
    void a_submitted_item_with_addresses(Level level) throws IOException {
        Path item = write(folder.resolve("downloads"), level, "https://landsatlook.usgs.gov/data/");
        submit(item);
        assertAccepted(level, "ndvi");
        assertScaled(
                new ScenePreview(bench.storage, bench.clock)
                        .read(item, Roots.of(folder), recipe("ndvi"), path -> preview(path)),
                level);
    }

    private Inspection preview(Path path) {
        try {
            return inspector().inspectFile(path, recipe("ndvi"));
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @ParameterizedTest
    @EnumSource
    void an_archive(Level level) throws Exception {
        write(folder.resolve("packed/one"), level, "./");
        Rasters.run(folder, List.of("tar", "-czf", "scene.tar.gz", "-C", "packed", "one"));
        submit(folder.resolve("scene.tar.gz"));
        assertAccepted(level, "ndvi");
    }

    @ParameterizedTest
    @EnumSource
    void an_announced_item(Level level) throws IOException {
        write(bench.storage.root().resolve("incoming"), level, "./");
        announce("{\"path\": \"incoming/scene.json\", \"recipe\": \"ndvi\"}");
        assertAccepted(level, "ndvi");
    }

    @ParameterizedTest
    @EnumSource
    void an_item_in_a_message(Level level) throws IOException {
        Path item = write(bench.storage.root().resolve("incoming"), level, "incoming/");
        announce("{\"item\": " + Files.readString(item) + ", \"recipe\": \"ndvi\"}");
        assertAccepted(level, "ndvi");
    }

    @Test
    void another_mtl_file_is_another_content_and_an_item_with_scales_does_without() throws IOException {
        Path item = write(folder.resolve("downloads"), Level.LEVEL_2, "./");
        Path mtl = item.resolveSibling("LC08_L2SP_1_MTL.txt");
        Scene wrong = submit(item);
        Files.writeString(mtl, Level.LEVEL_2.mtl().replace("= 2.75e-05", "= 2.75e-04"));
        Scene right = submit(item);
        assertThat(right.id()).isNotEqualTo(wrong.id());
        assertThat(submit(item).id()).isEqualTo(right.id());

        Files.writeString(
                item,
                Files.readString(item).replace("\"eo:bands\"", "\"raster:bands\": [{\"scale\": 3}], \"eo:bands\""));
        Path place = bench.storage.scene(submit(item).id());
        assertThat(place.resolve("LC08_L2SP_1_MTL.txt")).doesNotExist();
        List<SourceBand> bands =
                inspector().inspect(place, recipe("ndvi")).info().bands();
        assertThat(bands).extracting(SourceBand::scale).containsExactly(3.0, 3.0);
    }
}
