package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.formats.Product;
import io.swath.formats.SceneFormats;
import io.swath.model.Recipe;
import io.swath.model.Window;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.planning.SceneInfo.TimeSource;
import io.swath.storage.Storage;
import io.swath.testing.SmallProduct;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("resources")
class MosaicSceneTest {
    @TempDir
    static Path made;

    @TempDir
    Path root;

    private Path files;

    @BeforeAll
    static void makeParts() throws Exception {
        Rasters.make(made, """
                def part(name, right=0, down=0, type=gdal.GDT_UInt16, nodata=0, scaled=True, names=('red', 'nir'), epsg=32649, pixel=10, **more):
                    ds = make(name, names, type=type, nodata=nodata, epsg=epsg,
                              transform=(500000 + right * 10, pixel, 0, 4000000 - down * 10, 0, -pixel), **more)
                    for number in range(1, len(names) + 1):
                        if scaled: ds.GetRasterBand(number).SetScale(0.0001); ds.GetRasterBand(number).SetOffset(-0.1)
                    return ds
                ds = part('west.tif'); ds.SetMetadataItem('datetime', '2017-08-13T15:54:40Z')
                ds = part('east.tif', 40, 20, gdal.GDT_Float32, None, False)
                ds = part('B4.tif', -16, 0, scaled=False, names=('',)); ds = part('B5.tif', -16, 0, scaled=False, names=('',))
                ds = part('zone.tif', epsg=32650); ds = part('between.tif', 7.5); ds = part('coarse.tif', pixel=20)
                ds = part('numbers.tif', scaled=False); ds = part('nowhere.tif', epsg=None, pixel=1); ds = part('blue.tif', names=('blue',))
                ds = part('laea.tif', epsg=None); ref = osr.SpatialReference(); ref.ImportFromProj4('+proj=laea +lat_0=36 +lon_0=111 +datum=WGS84')
                ds.SetSpatialRef(ref)
                ds = part('more.tif', names=('blue', 'red', 'nir'))
                ds = part('masked.tif'); ds.CreateMaskBand(gdal.GMF_PER_DATASET)
                ds = None
                """);
    }

    @BeforeEach
    void begin() throws IOException {
        files = Files.createDirectories(root.resolve("scenes/one/product"));
    }

    private void parts(String... names) throws IOException {
        Files.writeString(files.resolve("mosaic.yaml"), "parts: [" + String.join(", ", names) + "]\n");
        for (String name : names) {
            if (name.endsWith(".tif")) {
                Files.copy(made.resolve(name), files.resolve(name));
            }
        }
    }

    private Inspection inspect(Recipe recipe) throws IOException {
        Product product = SceneFormats.recognise(files).orElseThrow();
        Files.writeString(
                files.resolveSibling("item.json"),
                product.item(recipe.bands(), "./product/").toString());
        return new SceneInspector(root, new GdalInfoCommand()).inspect(files.getParent(), recipe);
    }

    @Test
    void the_parts_lie_where_they_belong_with_their_own_values_and_facts() throws Exception {
        parts("west.tif", "east.tif", "landsat");
        Path landsat = new SmallProduct().writeTo(files.resolve("landsat"));
        Files.copy(made.resolve("B4.tif"), landsat.resolve("LC08_B4.TIF"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(made.resolve("B5.tif"), landsat.resolve("LC08_B5.TIF"), StandardCopyOption.REPLACE_EXISTING);
        Path metadata = landsat.resolve("LC08_MTL.txt");
        Files.writeString(metadata, Files.readString(metadata).replaceAll("(RADIANCE_MULT_BAND_.) = 1", "$1 = 0.0125"));
        Inspection inspection = inspect(Recipes.mosaic("red", "nir"));
        SceneInfo scene = inspection.info();
        assertThat(List.of(scene.width(), scene.height())).containsExactly(120, 68);
        assertThat(scene.georeference().geoTransform()).containsExactly(499840.0, 10.0, 0.0, 4000000.0, 0.0, -10.0);
        assertThat(scene.sources())
                .extracting(source -> source.place().get(0))
                .containsExactly(
                        new Window(16, 0, 64, 48),
                        new Window(56, 20, 64, 48),
                        new Window(0, 0, 64, 48),
                        new Window(0, 0, 64, 48));
        assertThat(scene.bands())
                .extracting(SourceBand::name)
                .containsExactly("red", "nir", "red", "nir", "red", "nir");
        assertThat(scene.bands())
                .extracting(SourceBand::scale)
                .containsExactly(0.0001, 0.0001, 1.0, 1.0, 0.0125, 0.0125);
        assertThat(scene.bands()).extracting(SourceBand::nodata).containsExactly("0", "0", "", "", "0", "0");
        assertThat(inspection.bands()).hasSize(2);
        assertThat(scene.datetime()).isEqualTo("2017-08-13T15:54:15Z");
        assertThat(scene.datetimeFrom()).isEqualTo(TimeSource.INTERVAL);
        assertThat(scene.acquisition())
                .containsEntry("end_datetime", "2017-08-13T15:54:40Z")
                .containsEntry(
                        "swath:parts",
                        List.of(
                                Map.of(
                                        "id", "west.tif",
                                        "path", "scenes/one/product/west.tif",
                                        "datetime", "2017-08-13T15:54:40Z"),
                                Map.of("id", "east.tif", "path", "scenes/one/product/east.tif"),
                                Map.of(
                                        "id", SmallProduct.NAME,
                                        "path", "scenes/one/product/landsat",
                                        "datetime", "2017-08-13T15:54:15Z",
                                        "platform", "landsat-8")));
        assertThat(inspection.sensors()).contains("landsat-8");
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readValue(json.writeValueAsString(scene), SceneInfo.class))
                .isEqualTo(scene);
        SceneVrt.write(scene, new Storage(root, ""), root.resolve("scene.vrt"));
        Rasters.run(root, List.of("/usr/bin/python3", "-c", """
                from osgeo import gdal
                import numpy as np
                gdal.UseExceptions()
                scene = gdal.Open('scene.vrt')
                for first, (file, x, y) in enumerate((('west.tif', 16, 0), ('east.tif', 56, 20))):
                    part = gdal.Open('scenes/one/product/' + file)
                    for band in (1, 2):
                        expected = np.zeros((68, 120))
                        expected[y:y + 48, x:x + 64] = part.GetRasterBand(band).ReadAsArray()
                        assert np.array_equal(scene.GetRasterBand(2 * first + band).ReadAsArray(), expected), (file, band)
                """));
    }

    @Test
    void a_tile_is_empty_when_all_parts_are_empty_in_it() throws Exception {
        parts("west.tif", "east.tif");
        Inspection inspection = inspect(Recipes.mosaic("red", "nir"));
        assertThat(inspection.empty()).accepts(new Window(64, 0, 40, 20), new Window(0, 48, 40, 20));
        assertThat(inspection.empty()).rejects(new Window(63, 0, 40, 20), new Window(64, 0, 40, 21));
    }

    @ParameterizedTest
    @CsvSource({"more.tif, west.tif", "west.tif, more.tif"})
    void all_parts_have_the_first_list_of_bands_that_is_in_all(String one, String other) throws Exception {
        parts(one, other);
        Inspection inspection = inspect(Recipes.mosaicChoosing(List.of(List.of("blue", "red"), List.of("nir"))));
        assertThat(inspection.bands()).hasToString("[nir]");
        assertThat(inspection.info().bands()).extracting(SourceBand::name).containsExactly("nir", "nir");
        assertThat(inspection.info().bands())
                .extracting(SourceBand::number)
                .containsExactly(one.equals("more.tif") ? new Integer[] {3, 2} : new Integer[] {2, 3});
    }

    @Test
    void the_command_for_a_coordinate_system_without_a_code_can_be_run() throws Exception {
        parts("laea.tif", "west.tif");
        assertThatThrownBy(() -> inspect(Recipes.mosaic("red", "nir")))
                .hasMessageContaining(
                        "gdalsrsinfo -o wkt1 FIRST.tif > first.prj, of the first part, then gdalwarp -t_srs first.prj"
                                + " -tr 10 10 -tap");
    }

    @Test
    void parts_that_have_different_lists_of_bands_are_rejected() throws Exception {
        parts("blue.tif", "west.tif");
        assertThatThrownBy(() -> inspect(Recipes.mosaicChoosing(List.of(List.of("blue"), List.of("red")))))
                .isInstanceOfSatisfying(BadSceneException.class, bad -> {
                    assertThat(bad.rule()).isEqualTo("bands-are-there");
                    assertThat(bad.what())
                            .startsWith(
                                    "no list of bands of blue; or red is in all parts; of the first list, of the part"
                                            + " west.tif, it has no band named blue");
                    assertThat(bad.remedy()).isNotBlank();
                });
    }

    @Test
    void a_recipe_for_one_scene_rejects_a_mosaic() throws Exception {
        parts("west.tif", "east.tif");
        assertThatThrownBy(() -> inspect(Recipes.named("red", "nir")))
                .hasMessageContaining("it is a mosaic, and the recipe reads one scene");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "zone.tif|parts-are-on-one-grid|is in another coordinate system (EPSG:32650), compared with west.tif (EPSG:32649",
                "between.tif|parts-are-on-one-grid|lies between the pixels (off by 0.50 and 0.00 of a pixel)",
                "coarse.tif|parts-are-on-one-grid|has pixels of another size or direction (20 x 20)",
                "numbers.tif|parts-have-one-kind-of-value|band red has values with a scale in west.tif and stored numbers",
                "masked.tif|masks-are-nodata|of the part masked.tif, the file has a mask",
                "blue.tif|bands-are-there|of the part blue.tif, it has no band named red"
            })
    void a_part_that_does_not_fit_is_rejected_by_name(String part, String rule, String what) throws Exception {
        parts("west.tif", part);
        assertThatThrownBy(() -> inspect(Recipes.mosaic("red", "nir")))
                .isInstanceOfSatisfying(BadSceneException.class, bad -> {
                    assertThat(bad.rejection().rule()).isEqualTo(rule);
                    assertThat(bad.rejection().what()).contains(what);
                    assertThat(bad.rejection().remedy()).isNotBlank();
                });
    }
}
