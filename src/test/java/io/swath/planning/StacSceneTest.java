package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Recipe;
import io.swath.model.Window;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("resources")
class StacSceneTest {
    private static final String TYPE = "\"type\": \"image/tiff; application=geotiff\"";

    @TempDir
    static Path made;

    @TempDir
    Path root;

    private Path scene;
    private Path work;

    @BeforeAll
    static void makeScenes() throws Exception {
        Rasters.make(made, """
                ds = make('red.tif', bands=1, nodata=7)
                ds = make('nir.tif', bands=1); ds.GetRasterBand(1).SetUnitType('DN')
                ds = make('two.tif', bands=2)
                ds = make('rgba.tif', bands=4, type=gdal.GDT_Byte, options=('PHOTOMETRIC=RGB', 'ALPHA=YES'))
                ds = make('half.tif', bands=1, width=32, height=24, transform=(500000, 20, 0, 4000000, 0, -20))
                ds = make('odd.tif', bands=1, width=19, height=13, transform=(500003, 33.6, 0, 3999995, 0, -36.5))
                ds = make('shifted.tif', bands=1, transform=(500004.9, 10, 0, 4000000, 0, -10))
                ds = make('away.tif', bands=1, transform=(500005.1, 10, 0, 4000000, 0, -10))
                ds = make('aside.tif', bands=1, width=32, height=24, transform=(500010.1, 20, 0, 4000000, 0, -20))
                ds = make('zone.tif', bands=1, epsg=32650)
                ds = make('float.tif', bands=1, type=gdal.GDT_Float32)
                ds = make('nowhere.tif', bands=1, transform=None, epsg=None)
                ds = make('nowhere2.tif', bands=1, transform=None, epsg=None, width=32, height=24)
                ds = make('signed.tif', bands=1, type=gdal.GDT_Byte, options=('PIXELTYPE=SIGNEDBYTE',))
                ds = make('masked.tif', bands=1, type=gdal.GDT_Byte); ds.CreateMaskBand(gdal.GMF_PER_DATASET)
                ds.GetRasterBand(1).GetMaskBand().WriteArray(np.ones((48, 64)))
                sparse = ('TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=16', 'SPARSE_OK=TRUE')
                ds = make('sparse.tif', bands=1, options=sparse, fill=False)
                ds.GetRasterBand(1).WriteArray(np.ones((16, 16)), 0, 0)
                ds = make('sparsehalf.tif', bands=1, options=sparse, fill=False, width=32, height=24, transform=(500000, 20, 0, 4000000, 0, -20))
                ds.GetRasterBand(1).WriteArray(np.ones((16, 16)), 0, 0)
                ds = make('sparse9.tif', bands=1, options=sparse, fill=False, nodata=9)
                ds = None
                for name, size, step in (('red.jp2', (64, 48), 10), ('coarse.jp2', (32, 24), 20), ('unplaced.jp2', (64, 48), 0)):
                    mem = gdal.GetDriverByName('MEM').Create('', *size, 1, gdal.GDT_UInt16)
                    mem.GetRasterBand(1).WriteArray((np.arange(size[0] * size[1]) * 37 % 4001).reshape(size[::-1]))
                    srs = osr.SpatialReference(); srs.ImportFromEPSG(32649)
                    if step: mem.SetGeoTransform((500000, step, 0, 4000000, 0, -step)); mem.SetProjection(srs.ExportToWkt())
                    gdal.GetDriverByName('JP2OpenJPEG').CreateCopy(name, mem, options=['QUALITY=100', 'REVERSIBLE=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=32'])
                whole = open('red.jp2', 'rb').read(); open('cut.jp2', 'wb').write(whole[:len(whole) * 2 // 3])
                ds = make('pan.tif', bands=1, width=129, height=97, transform=(500002.5, 5, 0, 3999997.5, 0, -5))
                ds = make('multi.tif', bands=1, width=65, height=49)
                ds = make('unprojected.tif', bands=1, epsg=None)
                ds = None
                whole = open('red.tif', 'rb').read(); open('cut.tif', 'wb').write(whole[:len(whole) // 2])
                open('vrt.tif', 'w').write('<VRTDataset rasterXSize="64" rasterYSize="48"/>')
                """);
    }

    @BeforeEach
    void folders() throws IOException {
        scene = Files.createDirectories(root.resolve("scenes/one"));
        work = Files.createDirectories(root.resolve("work/one"));
    }

    private static String asset(String key, String file, String more) {
        return "\"" + key + "\": {\"href\": \"./" + file + "\", " + TYPE + (more.isEmpty() ? "" : ", " + more) + "}";
    }

    /** An asset with one band, as STAC 1.1 has it. */
    private static String band(String common, String file, String more) {
        return asset(
                "B_" + common,
                file,
                "\"bands\": [{\"eo:common_name\": \"" + common + "\"" + (more.isEmpty() ? "" : ", " + more) + "}]");
    }

    private void item(String... assets) throws IOException {
        write("{\"type\": \"Feature\", \"stac_version\": \"1.1.0\", \"id\": \"one\","
                + "\"properties\": {\"datetime\": \"2022-10-05T11:54:11Z\"}, \"assets\": {" + String.join(",", assets)
                + "}}");
    }

    private void write(String json) throws IOException {
        Files.writeString(scene.resolve("item.json"), json);
        try (var files = Files.list(made)) {
            for (Path file : files.toList()) {
                if (json.contains("/" + file.getFileName() + "\"")) {
                    Files.copy(file, scene.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
    }

    private Inspection inspect(Recipe recipe) {
        return new SceneInspector(root, new GdalInfoCommand()).inspect(scene, recipe);
    }

    private void assertRejected(Recipe recipe, String rule, String... what) {
        assertThatThrownBy(() -> inspect(recipe)).isInstanceOfSatisfying(BadSceneException.class, reason -> {
            assertThat(reason.rule()).isEqualTo(rule);
            assertThat(reason.what()).contains(what);
            assertThat(reason.remedy()).isNotBlank();
        });
    }

    /** Runs a comparison with {@code v} the VRT. */
    private void check(Inspection inspection, String script) throws Exception {
        SceneVrt.write(inspection.info(), new Storage(root, ""), work.resolve("scene.vrt"));
        Rasters.make(
                root,
                "v = gdal.Open('work/one/scene.vrt'); at = lambda name: gdal.Open('scenes/one/' + name)\n"
                        + "def same(a, b):\n  assert a == b, (a, b)\n"
                        + "def pixels(a, b):\n  np.testing.assert_array_equal(a, b)\n"
                        + script);
    }

    @Test
    void is_one_dataset_of_the_recipes_bands_in_its_order() throws Exception {
        item(band("red", "red.tif", ""), band("nir", "nir.tif", ""), band("green", "zone.tif", ""));
        Inspection inspection = inspect(Recipes.named("nir", "red"));
        SceneInfo info = inspection.info();
        assertThat(info.raster()).isEqualTo("scenes/one/item.json");
        assertThat(info.sources()).extracting(Source::path).containsExactly("scenes/one/nir.tif", "scenes/one/red.tif");
        assertThat(info.bands()).extracting(SourceBand::name).containsExactly("nir", "red");
        assertThat(info.datetime()).isEqualTo("2022-10-05T11:54:11Z");
        assertThat(info.bytes()).isEqualTo(Files.size(scene.resolve("nir.tif")) + Files.size(scene.resolve("red.tif")));
        check(inspection, """
                same(v.RasterCount, 2)
                pixels(v.GetRasterBand(1).ReadAsArray(), at('nir.tif').ReadAsArray())
                pixels(v.GetRasterBand(2).ReadAsArray(), at('red.tif').ReadAsArray())
                same(v.GetGeoTransform(), at('red.tif').GetGeoTransform())
                assert v.GetSpatialRef().IsSame(at('red.tif').GetSpatialRef())
                same((v.GetRasterBand(1).GetNoDataValue(), v.GetRasterBand(2).GetNoDataValue()), (None, 7))
                same((v.GetRasterBand(1).GetUnitType(), v.GetRasterBand(1).GetDescription()), ('DN', 'nir'))
                """);
    }

    @Test
    void the_items_values_for_a_band_take_precedence_over_the_file() throws Exception {
        item(
                band("red", "red.tif", "\"nodata\": 0, \"raster:scale\": 0.0001, \"raster:offset\": -0.1"),
                asset("nir", "nir.tif", "\"nodata\": \"nan\", \"raster:scale\": 2, \"unit\": \"1\""));
        check(inspect(Recipes.named("red", "nir")), """
                red, nir = v.GetRasterBand(1), v.GetRasterBand(2)
                same((red.GetNoDataValue(), red.GetScale(), red.GetOffset()), (0, 0.0001, -0.1))
                same((str(nir.GetNoDataValue()), nir.GetScale(), nir.GetUnitType()), ('None', 2, '1'))  # no pixel of UInt16 is nan
                pixels(red.ReadAsArray(), at('red.tif').ReadAsArray())
                """);
    }

    @Test
    void reads_stac_1_0_and_older_items() throws Exception {
        item(
                asset(
                        "B4",
                        "red.tif",
                        "\"eo:bands\": [{\"name\": \"B4\", \"common_name\": \"red\"}],"
                                + "\"raster:bands\": [{\"nodata\": 1, \"scale\": 0.5, \"offset\": 3}]"),
                asset(
                        "B8",
                        "two.tif",
                        "\"eo:bands\": [{\"name\": \"B7\"}, {\"name\": \"B8\", \"common_name\": \"nir\"}]"));
        SceneInfo info = inspect(Recipes.named("red", "nir", "b7")).info();
        assertThat(info.bands()).extracting(SourceBand::source).containsExactly(0, 1, 1);
        assertThat(info.bands()).extracting(SourceBand::number).containsExactly(1, 2, 1);
        SourceBand red = info.bands().get(0);
        assertThat(List.of(red.nodata(), red.scale(), red.offset())).containsExactly("1", 0.5, 3.0);

        write("""
                {"type": "Feature", "stac_version": "0.7.0", "id": "old",
                 "properties": {"datetime": "2013-04-19", "eo:bands": [{"name": "B1"}, {"common_name": "nir08"}]},
                 "assets": {"x.TIF": {"href": "./float.tif", "type": "image/vnd.stac.geotiff", "eo:bands": [1]}}}
                """);
        SceneInfo old = inspect(Recipes.named("nir")).info();
        assertThat(old.sources()).extracting(Source::path).containsExactly("scenes/one/float.tif");
        assertThat(old.datetime()).isEqualTo("2013-04-19T00:00:00Z");
    }

    @Test
    void a_common_name_takes_precedence_over_a_bands_name_and_an_assets_name() throws IOException {
        item(
                asset("red", "float.tif", "\"bands\": [{\"name\": \"B1\"}]"),
                asset("B4", "red.tif", "\"bands\": [{\"name\": \"x\"}], \"eo:common_name\": \"red\""),
                asset("nir", "nir.tif", ""));
        assertThat(inspect(Recipes.named("Red", "NIR", "b1")).info().sources())
                .extracting(Source::path)
                .containsExactly("scenes/one/red.tif", "scenes/one/nir.tif", "scenes/one/float.tif");
    }

    @Test
    void numbers_count_the_bands_of_all_assets_in_their_order() throws IOException {
        item(asset("b", "two.tif", ""), asset("a", "red.tif", ""), band("nir", "nir.tif", ""));
        SceneInfo info = inspect(Recipes.numbered(4, 3, 2)).info();
        assertThat(info.bands()).extracting(SourceBand::source).containsExactly(0, 1, 2);
        assertThat(info.bands()).extracting(SourceBand::number).containsExactly(1, 1, 2);
        assertThat(info.sources())
                .extracting(Source::path)
                .containsExactly("scenes/one/nir.tif", "scenes/one/red.tif", "scenes/one/two.tif");
        assertRejected(Recipes.numbered(5), "bands-are-there", "no band 5, but 4");
    }

    @Test
    void larger_pixels_are_repeated_on_the_finest_grid() throws Exception {
        item(band("red", "half.tif", ""), band("nir", "nir.tif", ""));
        Inspection inspection = inspect(Recipes.named("red", "nir"));
        assertThat(List.of(inspection.info().width(), inspection.info().height()))
                .containsExactly(64, 48);
        check(inspection, """
                expected = at('half.tif').ReadAsArray().repeat(2, 0).repeat(2, 1)
                pixels(v.GetRasterBand(1).ReadAsArray(), expected)
                pixels(v.GetRasterBand(2).ReadAsArray(), at('nir.tif').ReadAsArray())
                same(v.GetGeoTransform(), at('nir.tif').GetGeoTransform())
                for x, y, w, h in ((1, 1, 33, 17), (31, 15, 33, 33), (63, 47, 1, 1), (7, 0, 9, 48)):
                    pixels(v.GetRasterBand(1).ReadAsArray(x, y, w, h), expected[y:y+h, x:x+w])
                """);
    }

    @Test
    void tiles_equal_the_whole_scene_when_pixel_sizes_do_not_divide_evenly() throws Exception {
        item(band("red", "odd.tif", ""), band("nir", "nir.tif", ""));
        check(inspect(Recipes.named("red", "nir")), """
                odd = at('odd.tif').ReadAsArray()
                expected = odd[((np.arange(48) + .5) * 13 / 48).astype(int)][:, ((np.arange(64) + .5) * 19 / 64).astype(int)]
                whole = v.GetRasterBand(1).ReadAsArray()
                pixels(whole, expected)
                for y in range(0, 48, 16):
                    for x in range(0, 64, 16):
                        pixels(v.GetRasterBand(1).ReadAsArray(x, y, 16, 16), whole[y:y+16, x:x+16])
                """);
    }

    @ParameterizedTest
    @CsvSource({
        "away.tif, covers another extent",
        "aside.tif, covers another extent",
        "zone.tif, EPSG:32650 instead of EPSG:32649",
        "nowhere.tif, is in another coordinate system"
    })
    void files_that_do_not_cover_the_same_ground_are_rejected(String file, String what) throws IOException {
        item(band("red", file, ""), band("nir", "nir.tif", ""));
        assertRejected(Recipes.named("nir", "red"), "bands-cover-the-same-ground", "assets.B_red", what);
    }

    @Test
    void an_offset_below_half_a_pixel_is_accepted() throws IOException {
        item(band("red", "shifted.tif", ""), band("nir", "nir.tif", ""));
        assertThat(inspect(Recipes.named("red", "nir")).info().sources()).hasSize(2);
    }

    @Test
    void without_coordinates_the_size_must_be_the_same() throws IOException {
        item(band("red", "nowhere.tif", ""), band("nir", "nowhere2.tif", ""), band("blue", "nowhere.tif", ""));
        assertThat(inspect(Recipes.named("red", "blue")).info().sources()).hasSize(1);
        assertRejected(Recipes.named("red", "nir"), "bands-cover-the-same-ground", "32 x 24 pixels instead of 64 x 48");
    }

    @Test
    void a_window_is_empty_when_it_is_unwritten_in_every_file_and_reads_as_nodata() throws IOException {
        item(band("red", "sparse.tif", "\"nodata\": 0"), band("nir", "sparsehalf.tif", "\"nodata\": 0"));
        Inspection inspection = inspect(Recipes.named("red", "nir"));
        assertThat(inspection.empty().test(new Window(32, 32, 16, 16))).isTrue();
        assertThat(inspection.empty().test(new Window(16, 16, 16, 16)))
                .as("half a block of the larger pixels")
                .isFalse();
        assertThat(inspection.empty().test(new Window(0, 0, 64, 48))).isFalse();
        assertThat(inspect(Recipes.named("red")).empty().test(new Window(16, 16, 16, 16)))
                .isTrue();
    }

    @Test
    void an_unwritten_block_that_does_not_read_as_nodata_is_not_empty() throws IOException {
        item(
                band("red", "sparse9.tif", "\"nodata\": 0"),
                band("nir", "sparse9.tif", ""),
                band("blue", "sparse.tif", ""));
        Window all = new Window(0, 0, 64, 48);
        assertThat(inspect(Recipes.named("red")).empty().test(all)).isFalse();
        assertThat(inspect(Recipes.named("nir")).empty().test(all)).isTrue();
        assertThat(inspect(Recipes.named("blue")).empty().test(new Window(48, 32, 16, 16)))
                .as("no nodata: then 0 is a value")
                .isFalse();
    }

    @Test
    void an_alpha_band_masks_a_scene_of_one_file_and_cannot_be_joined_with_others() throws Exception {
        String colours = "\"bands\": [{\"name\": \"r\"}, {\"name\": \"g\"}, {\"name\": \"b\"}]";
        item(asset("rgba", "rgba.tif", colours), asset("red", "red.tif", ""), asset("masked", "masked.tif", ""));
        check(inspect(Recipes.named("g")), """
                pixels(v.GetRasterBand(1).GetMaskBand().ReadAsArray(), at('rgba.tif').ReadAsArray()[3])
                """);
        assertRejected(Recipes.named("g", "red"), "masks-are-nodata", "assets.rgba.href");
        assertRejected(Recipes.named("red", "masked"), "masks-are-nodata", "assets.masked.href");
    }

    @ParameterizedTest
    @CsvSource({
        "cut.tif, file-is-complete",
        "vrt.tif, file-is-a-tiff",
        "two.tif, bands-are-described",
        "missing.tif, files-are-there"
    })
    void an_invalid_file_is_rejected_with_its_assets_name(String file, String rule) throws IOException {
        item(band("red", file, ""), band("nir", "nir.tif", ""));
        assertRejected(Recipes.named("red", "nir"), rule, "assets.B_red.");
        assertThat(inspect(Recipes.named("nir")).info().sources())
                .as("what the recipe does not need is not inspected")
                .hasSize(1);
    }

    @Test
    void two_assets_that_claim_the_same_band_are_rejected() throws IOException {
        item(
                band("red", "red.tif", ""),
                asset(
                        "x",
                        "two.tif",
                        "\"bands\": [{\"name\": \"y\"}, {\"name\": \"z\"," + " \"eo:common_name\": \"red\"}]"));
        assertRejected(Recipes.named("red"), "bands-are-told-apart", "assets.B_red and assets.x are both named red");
        assertThat(inspect(Recipes.named("y")).info().bands()).hasSize(1);
    }

    @Test
    void missing_bands_are_rejected_with_the_names_of_the_existing_bands() throws IOException {
        item(band("red", "red.tif", ""), asset("all", "two.tif", ""));
        assertRejected(Recipes.named("nir"), "bands-are-there", "no band named nir", "red in B_red, all");
        assertRejected(Recipes.named("all"), "bands-are-described", "assets.all has several bands");
    }

    @Test
    void a_link_that_leaves_the_storage_is_rejected(@TempDir Path elsewhere) throws IOException {
        item(band("red", "link.tif", ""));
        Files.createSymbolicLink(scene.resolve("link.tif"), made.resolve("red.tif"));
        assertRejected(Recipes.named("red"), "scene-is-on-the-storage", "of assets.B_red.href, ");
        write("{\"type\": \"Feature\", \"stac_version\": \"1.1.0\", \"id\": \"one\", \"assets\": {"
                + "\"red\": {\"href\": \"https://example.org/elsewhere.tif\", " + TYPE + "}}}");
        assertRejected(Recipes.named("red"), "files-are-there", "of assets.red.href, ");
    }

    /** As the Items of the USGS: they list no scale, and a Level-2 MTL repeats the names for Level 1 at its end. */
    @Test
    void a_landsat_item_without_scale_takes_it_from_the_mtl_beside_it() throws Exception {
        Files.copy(made.resolve("red.tif"), scene.resolve("LC08_L2SP_1_SR_B4.tif"));
        Files.copy(made.resolve("nir.tif"), scene.resolve("renamed_SR_B5.tif"));
        String item =
                "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": \"one\", \"properties\": {}, \"assets\": {"
                        + asset("red", "LC08_L2SP_1_SR_B4.tif", "") + ", "
                        + asset("nir", "renamed_SR_B5.tif", "\"raster:bands\": [{\"scale\": 3, \"offset\": 1}]")
                        + ", \"MTL.txt\": {\"href\": \"./LC08_L2SP_1_MTL.txt\", \"type\": \"text/plain\"}}}";
        write(item);
        assertThat(inspect(Recipes.named("red")).info().bands().get(0).scale())
                .as("no MTL there")
                .isEqualTo(1);
        Files.writeString(scene.resolve("LC08_L2SP_1_MTL.txt"), """
                GROUP = LANDSAT_METADATA_FILE
                  GROUP = PRODUCT_CONTENTS
                    LANDSAT_PRODUCT_ID = "LC08_L2SP_1"
                    PROCESSING_LEVEL = "L2SP"
                    FILE_NAME_BAND_4 = "LC08_L2SP_1_SR_B4.TIF"
                  END_GROUP = PRODUCT_CONTENTS
                  GROUP = IMAGE_ATTRIBUTES
                    SPACECRAFT_ID = "LANDSAT_8"
                    SENSOR_ID = "OLI_TIRS"
                  END_GROUP = IMAGE_ATTRIBUTES
                  GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
                    REFLECTANCE_MULT_BAND_4 = 2.75e-05
                    REFLECTANCE_ADD_BAND_4 = -0.2
                  END_GROUP = LEVEL2_SURFACE_REFLECTANCE_PARAMETERS
                  GROUP = LEVEL1_RADIOMETRIC_RESCALING
                    REFLECTANCE_MULT_BAND_4 = 2.0000E-05
                    REFLECTANCE_ADD_BAND_4 = -0.1
                  END_GROUP = LEVEL1_RADIOMETRIC_RESCALING
                END_GROUP = LANDSAT_METADATA_FILE
                END
                """);
        List<SourceBand> bands = inspect(Recipes.named("red", "nir")).info().bands();
        assertThat(List.of(bands.get(0).scale(), bands.get(0).offset())).containsExactly(2.75e-5, -0.2);
        assertThat(List.of(bands.get(1).scale(), bands.get(1).offset()))
                .as("the Item's own")
                .containsExactly(3.0, 1.0);
    }

    private static String jp2(String key, String file, String more) {
        return "\"" + key + "\": {\"href\": \"./" + file
                + "\", \"type\": \"image/jp2\", \"bands\": [{\"eo:common_name\": \"" + key
                + "\", \"nodata\": 0, \"raster:scale\": 0.0001, \"raster:offset\": -0.1}]" + more + "}";
    }

    @Test
    void jpeg_2000_files_of_two_sizes_are_one_dataset() throws Exception {
        item(jp2("red", "red.jp2", ""), jp2("swir16", "coarse.jp2", ""));
        Inspection inspection = inspect(Recipes.named("red", "swir16"));
        assertThat(inspection.info().sources()).extracting(Source::blockWidth).containsExactly(32, 32);
        assertThat(inspection.empty().test(new Window(0, 0, 64, 48))).isFalse();
        check(inspection, """
                pixels(v.GetRasterBand(1).ReadAsArray(), at('red.jp2').ReadAsArray())
                pixels(v.GetRasterBand(2).ReadAsArray(), np.kron(at('coarse.jp2').ReadAsArray(), np.ones((2, 2))))
                same(v.GetRasterBand(1).ReadAsArray().tolist(), (np.arange(64 * 48) * 37 % 4001).reshape(48, 64).tolist())
                same((v.GetRasterBand(1).GetNoDataValue(), v.GetRasterBand(1).GetOffset()), (0, -0.1))
                same(v.GetSpatialRef().GetAuthorityCode(None), '32649')
                """);
        item(jp2("red", "cut.jp2", ""));
        assertRejected(Recipes.named("red"), "file-is-complete", "tile-part", "assets.red.href");
    }

    @Test
    void a_band_that_is_there_as_geotiff_and_as_jpeg_2000_is_one_band() throws IOException {
        item(band("red", "red.tif", ""), jp2("red", "red.jp2", ""));
        assertThat(inspect(Recipes.named("red")).info().sources())
                .extracting(Source::path)
                .containsExactly("scenes/one/red.tif");
    }

    @Test
    void a_file_without_a_place_gets_the_items() throws Exception {
        String shape =
                ", \"proj:code\": \"EPSG:32649\", \"proj:shape\": [48, 64], \"proj:transform\": [10, 0, 500000, 0, -10, 4000000]";
        item(jp2("red", "unplaced.jp2", shape), jp2("swir16", "coarse.jp2", ""));
        check(inspect(Recipes.named("red", "swir16")), """
                same(v.GetGeoTransform(), (500000, 10, 0, 4000000, 0, -10))
                same(v.GetSpatialRef().GetAuthorityCode(None), '32649')
                """);
        assertThat(inspect(Recipes.named("red", "swir16")).info().georeference().footprint())
                .as("so that it is found by its area")
                .contains(List.of(111.0, 36.1447181))
                .hasSize(5);
        item(jp2("red", "unplaced.jp2", shape.replace("48, 64", "24, 32").replace("10,", "20,")));
        check(inspect(Recipes.named("red")), "same(v.GetGeoTransform(), (500000, 10, 0, 4000000, 0, -10))");
        item(asset("red", "unprojected.tif", "\"proj:epsg\": 32649"));
        check(inspect(Recipes.named("red")), """
                same(v.GetGeoTransform(), (500000, 10, 0, 4000000, 0, -10))
                same(v.GetSpatialRef().GetAuthorityCode(None), '32649')
                """);
        item(asset("red", "unprojected.tif", "\"proj:code\": \"/etc/passwd\", \"proj:wkt2\": \"http://example.org\""));
        assertThat(inspect(Recipes.named("red")).info().georeference().wkt()).isEmpty();
        item(asset("red", "nowhere.tif", "\"proj:transform\": [0, 0, 5, 0, -10, 4]"));
        assertRejected(Recipes.named("red"), "georeferencing-is-possible", "gives pixels no area");
    }

    /** As Landsat's: 2n - 1 pixels, whose corner lies half of a fine pixel inside. */
    @Test
    void a_panchromatic_band_of_one_pixel_less_covers_the_same_ground() throws Exception {
        item(band("pan", "pan.tif", ""), band("red", "multi.tif", ""));
        Inspection inspection = inspect(Recipes.named("pan", "red"));
        assertThat(inspection.info().width()).isEqualTo(129);
        check(inspection, """
                pixels(v.GetRasterBand(1).ReadAsArray(), at('pan.tif').ReadAsArray())
                same(v.GetRasterBand(2).GetMetadataItem('SOURCE_TRANSFORM', 'SWATH').split(),
                     [repr(float(number)) for number in at('multi.tif').GetGeoTransform()])
                same(v.GetRasterBand(1).GetMetadata('SWATH'), {})
                red, coarse = v.GetRasterBand(2).ReadAsArray(), at('multi.tif').ReadAsArray()
                for y in range(97):
                    for x in range(129): assert red[y, x] in coarse[max(0, (y - 1) // 2):(y + 1) // 2 + 1, max(0, (x - 1) // 2):(x + 1) // 2 + 1]
                """);
    }

    private static final String WITH_OFFSET =
            "\"raster:bands\": [{\"nodata\": 0, \"scale\": 0.0001, \"offset\": -0.1}], \"eo:bands\": [{\"common_name\": \"red\"}]";

    private double offset(String properties, String more) throws IOException {
        write("{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": \"one\", \"properties\": {" + properties
                + "}, \"assets\": {" + asset("red", "red.tif", WITH_OFFSET + more) + "}}");
        return inspect(Recipes.named("red")).info().bands().get(0).offset();
    }

    @Test
    void an_offset_that_the_pixels_have_already_is_not_applied_again() throws IOException {
        assertThat(offset("", "")).isEqualTo(-0.1);
        for (String name :
                new String[] {"boa_offset_applied", "earthsearch:boa_offset_applied", "s2:radiometric_offset_applied"
                }) {
            assertThat(offset("\"" + name + "\": true", "")).isZero();
            assertThat(offset("\"" + name + "\": false", "")).isEqualTo(-0.1);
            assertThat(offset("\"" + name + "\": true", ", \"" + name + "\": false"))
                    .isEqualTo(-0.1);
            assertThat(offset("", ", \"" + name + "\": true")).isZero();
        }
        assertThat(inspect(Recipes.named("red")).info().bands().get(0).scale()).isEqualTo(0.0001);
    }

    @Test
    void how_the_scene_was_taken_is_kept_and_what_is_invalid_is_left_out() throws IOException {
        write(
                "{\"type\": \"Feature\", \"stac_version\": \"1.0.0\", \"id\": \"one\", \"properties\": {\"datetime\": null,"
                        + "\"start_datetime\": \"2025-06-01T00:00:00Z\", \"end_datetime\": \"2025-06-30T23:59:59Z\","
                        + "\"platform\": \"landsat-8\", \"instruments\": [\"oli\"], \"gsd\": 30, \"eo:cloud_cover\": 130, \"view:sun_elevation\": 62.17},"
                        + " \"assets\": {" + asset("red", "red.tif", "") + "}}");
        SceneInfo info = inspect(Recipes.named("red")).info();
        assertThat(info.datetime()).isEqualTo("2025-06-01T00:00:00Z");
        assertThat(info.datetimeFrom()).isEqualTo(SceneInfo.TimeSource.INTERVAL);
        assertThat(info.acquisition())
                .containsOnlyKeys(
                        "start_datetime", "end_datetime", "platform", "instruments", "gsd", "view:sun_elevation")
                .containsEntry("instruments", List.of("oli"))
                .containsEntry("gsd", 30.0);
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readValue(json.writeValueAsString(info), SceneInfo.class))
                .isEqualTo(info);
    }

    @Test
    void scene_info_stored_as_json_is_read_back_equal() throws IOException {
        item(band("red", "red.tif", ""), band("nir", "half.tif", ""));
        ObjectMapper json = new ObjectMapper();
        SceneInfo info = inspect(Recipes.named("red", "nir")).info();
        assertThat(json.readValue(json.writeValueAsString(info), SceneInfo.class))
                .isEqualTo(info);
    }
}
