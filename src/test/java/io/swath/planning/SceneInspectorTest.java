package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Recipe;
import io.swath.model.TileSize;
import io.swath.model.Window;
import io.swath.planning.SceneInfo.Source;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.storage.FileIdentity;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.Georeference;
import io.swath.untrusted.raster.SceneUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("resources")
class SceneInspectorTest {
    @TempDir
    static Path root;

    private static SceneInspector inspector;

    @BeforeAll
    static void makeScenes() throws Exception {
        Files.createDirectories(root.resolve("made"));
        Rasters.make(root.resolve("made"), """
                ds = make('named.tif', ('blue', 'Green', 'RED', 'nir'), nodata=0)
                ds.SetMetadataItem('TIFFTAG_DATETIME', '2022:10:05 11:54:11')
                ds.GetRasterBand(3).SetScale(0.0001); ds.GetRasterBand(3).SetOffset(-0.1)
                ds = make('colours.tif', bands=3, type=gdal.GDT_Byte, options=('PHOTOMETRIC=RGB',))
                ds = make('misleading.tif', ('nir', 'swir16', ''), type=gdal.GDT_Byte, options=('PHOTOMETRIC=RGB',))
                ds = make('tagged.tif', bands=2); ds.GetRasterBand(2).SetMetadataItem('common_name', 'nir')
                ds = make('envi.tif', bands=2); ds.SetMetadataItem('Band_1', 'nir')
                ds = make('twice.tif', ('red', 'red'))
                ds = make('nan.tif', ('red',), transform=(nan, 10, 0, 4000000, 0, -10))
                ds = make('scalenan.tif', ('red',)); ds.GetRasterBand(1).SetScale(nan)
                ds = make('flat.tif', ('red',), transform=(500000, 10, 0, 4000000, 0, 0))
                ds = make('rotated.tif', ('red',), transform=(500000, 7, 7, 4000000, 7, -7))
                ds = make('nowhere.tif', ('red',), transform=None, epsg=None)
                ds = make('nodatas.tif', ('red',), type=gdal.GDT_Float32, nodata=nan)
                ds = make('signed.tif', ('red',), type=gdal.GDT_Byte, options=('PIXELTYPE=SIGNEDBYTE',))
                ds = make('strip.tif', ('red', 'nir'), 11000, 9000, options=('TILED=NO', 'BLOCKYSIZE=9000', 'SPARSE_OK=TRUE'), fill=False)
                ds = make('planes.tif', ('red', 'nir'), 16000, 9000, options=('TILED=NO', 'BLOCKYSIZE=9000', 'SPARSE_OK=TRUE', 'INTERLEAVE=BAND'), fill=False)
                ds = make('gcps.tif', ('red',), transform=None, epsg=None)
                srs = osr.SpatialReference(); srs.ImportFromEPSG(4326)
                ds.SetGCPs([gdal.GCP(10, 20, 5, 0, 0), gdal.GCP(11, 20, 0, 64, 0), gdal.GCP(10, 19, 0, 0, 48)], srs)
                ds = make('rpc.tif', ('red',), transform=None, epsg=None)
                rpc = {key: '1' for key in 'LINE_OFF SAMP_OFF LAT_OFF LONG_OFF HEIGHT_OFF LINE_SCALE SAMP_SCALE LAT_SCALE LONG_SCALE HEIGHT_SCALE'.split()}
                rpc.update({key: '1 ' * 20 for key in 'LINE_NUM_COEFF LINE_DEN_COEFF SAMP_NUM_COEFF SAMP_DEN_COEFF'.split()})
                ds.SetMetadata(rpc, 'RPC')
                ds = make('local.tif', ('red',), epsg=None); ds.SetProjection('LOCAL_CS["sensor",UNIT["metre",1]]')
                sparse = ('TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=16', 'SPARSE_OK=TRUE')
                for name, nodata in (('sparse.tif', 0), ('undeclared.tif', None)):
                    ds = make(name, ('red', 'nir'), nodata=nodata, options=sparse, fill=False)
                    ds.GetRasterBand(1).WriteArray(np.ones((16, 16)), 0, 0)
                ds = None
                """);
        inspector = new SceneInspector(root, new GdalInfoCommand());
    }

    private static Inspection inspect(String name, Recipe recipe) throws IOException {
        return inspector.inspect(scene(name), recipe);
    }

    private static Path scene(String name) throws IOException {
        Path folder = Files.createTempDirectory(root, "scene");
        Files.copy(root.resolve("made").resolve(name), folder.resolve(name));
        return folder;
    }

    private static void assertRejected(String name, Recipe recipe, String rule, String what) {
        assertThatThrownBy(() -> inspect(name, recipe)).isInstanceOfSatisfying(BadSceneException.class, reason -> {
            assertThat(reason.rule()).isEqualTo(rule);
            assertThat(reason.what()).contains(what);
            assertThat(reason.remedy()).isNotBlank();
        });
    }

    @Test
    void finds_bands_by_description_in_the_recipes_order_in_any_case() throws IOException {
        SceneInfo info =
                inspect("named.tif", Recipes.named("red", "nir", "green")).info();
        assertThat(info.bands()).extracting(SourceBand::number).containsExactly(3, 4, 2);
        assertThat(info.bands()).extracting(SourceBand::name).containsExactly("red", "nir", "green");
        SourceBand red = info.bands().get(0);
        assertThat(List.of(red.scale(), red.offset())).containsExactly(0.0001, -0.1);
        assertThat(red.nodata()).isEqualTo("0");
        assertThat(red.type()).isEqualTo("UInt16");
    }

    @Test
    void reads_place_time_and_size_of_the_scene() throws IOException {
        SceneInfo info = inspect("named.tif", Recipes.named("red")).info();
        assertThat(List.of(info.width(), info.height(), info.blockWidth(), info.blockHeight()))
                .containsExactly(64, 48, 16, 16);
        assertThat(info.georeference().geoTransform()).containsExactly(500000.0, 10.0, 0.0, 4000000.0, 0.0, -10.0);
        assertThat(info.georeference().epsg()).isEqualTo(32649);
        assertThat(info.georeference().kind()).isEqualTo(Georeference.Kind.NORTH_UP);
        assertThat(info.georeference().footprint()).hasSize(5);
        assertThat(info.datetime()).isEqualTo("2022-10-05T11:54:11Z");
        assertThat(grid(info, Recipes.named("red")).size()).isEqualTo(4);
    }

    @Test
    void tiles_are_as_large_as_the_recipe_allows_unless_they_are_fewer_than_four() throws IOException {
        SceneInfo info = inspect("named.tif", Recipes.named("red")).info(); // 64 x 48 pixels in blocks of 16
        assertThat(grid(info, Recipes.ofSize(TileSize.of(64))).size()).isEqualTo(1);
        assertThat(grid(info, Recipes.ofSize(new TileSize(16, 64))).size()).isEqualTo(4);
        assertThat(grid(info, Recipes.ofSize(new TileSize(16, 64))).tile(0).core())
                .isEqualTo(new Window(0, 0, 32, 32));
        assertThat(grid(info, Recipes.ofSize(new TileSize(48, 64))).size()).isEqualTo(1);
        assertThat(grid(info, Recipes.ofSize(new TileSize(16, 16))).size()).isEqualTo(12);
    }

    @Test
    void scene_info_stored_as_json_is_read_back_equal() throws IOException {
        ObjectMapper json = new ObjectMapper();
        SceneInfo info = inspect("named.tif", Recipes.named("red", "nir")).info();
        assertThat(json.readValue(json.writeValueAsString(info), SceneInfo.class))
                .isEqualTo(info);
    }

    @Test
    void scene_info_of_an_older_swath_without_sources_is_read() throws IOException {
        String stored = """
                {"raster":"scenes/a-1/a-1.tif","bytes":12850,"width":64,"height":48,"blockWidth":16,"blockHeight":8,\
                "bands":[{"number":2,"name":"nir","type":"UInt16","nodata":"0","scale":1.0,"offset":0.0,"unit":"",\
                "colour":"Undefined"},{"number":1,"name":"red","type":"UInt16","nodata":"0","scale":1.0,"offset":0.0,\
                "unit":"","colour":"Gray"}],"alphaBand":0,"datasetMask":false,"georeference":{"geoTransform":[500000.0,\
                10.0,0.0,4000000.0,0.0,-10.0],"wkt":"","epsg":0,"axisMapping":[],"gcps":[],"gcpWkt":"",\
                "gcpAxisMapping":[],"rpc":{},"areaOrPoint":"","footprint":[]},"datetime":"2022-10-05T11:54:11Z",\
                "tiffDatetime":"2022:10:05 11:54:11"}
                """;
        SceneInfo info = new ObjectMapper().readValue(stored, SceneInfo.class);
        assertThat(info.sources())
                .containsExactly(new Source(
                        "scenes/a-1/a-1.tif", 64, 48, 16, 8, "", FileIdentity.UNKNOWN, List.of(), List.of()));
        assertThat(info.bands()).extracting(SourceBand::source).containsExactly(0, 0);
        assertThat(info.bands()).extracting(SourceBand::number).containsExactly(2, 1);
    }

    @Test
    void finds_bands_by_number() throws IOException {
        SceneInfo info = inspect("named.tif", Recipes.numbered(4, 1)).info();
        assertThat(info.bands()).extracting(SourceBand::name).containsExactly("nir", "blue");
        assertRejected("named.tif", Recipes.numbered(5), "bands-are-there", "it has no band 5");
    }

    @Test
    void finds_bands_by_colour_and_by_metadata() throws IOException {
        assertThat(inspect("colours.tif", Recipes.named("blue"))
                        .info()
                        .bands()
                        .get(0)
                        .number())
                .isEqualTo(3);
        assertThat(inspect("tagged.tif", Recipes.named("nir"))
                        .info()
                        .bands()
                        .get(0)
                        .number())
                .isEqualTo(2);
        assertThat(inspect("envi.tif", Recipes.named("nir"))
                        .info()
                        .bands()
                        .get(0)
                        .number())
                .isEqualTo(1);
    }

    @Test
    void a_described_band_is_not_found_by_its_colour() {
        assertRejected("misleading.tif", Recipes.named("red"), "bands-are-there", "1 (nir), 2 (swir16), 3 (Blue)");
    }

    @Test
    void a_missing_band_is_rejected_with_the_names_of_the_existing_bands() {
        assertRejected(
                "named.tif",
                Recipes.named("swir16"),
                "bands-are-there",
                "it has no band named swir16; it has 1 (blue), 2 (Green), 3 (RED), 4 (nir)");
    }

    @Test
    void two_bands_with_one_name_are_rejected() {
        assertRejected("twice.tif", Recipes.named("red"), "bands-are-told-apart", "1 and 2 are both named red");
    }

    @Test
    void values_that_are_not_numbers_are_rejected() {
        assertRejected("nan.tif", Recipes.named("red"), "numbers-are-numbers", "georeferencing is not a number");
        assertRejected("scalenan.tif", Recipes.named("red"), "numbers-are-numbers", "a band's scale is not a number");
        assertRejected("flat.tif", Recipes.named("red"), "georeferencing-is-possible", "no area");
    }

    @Test
    void rotated_scenes_and_scenes_without_georeference_are_accepted() throws IOException {
        assertThat(inspect("rotated.tif", Recipes.named("red"))
                        .info()
                        .georeference()
                        .kind())
                .isEqualTo(Georeference.Kind.ROTATED);
        assertThat(inspect("nowhere.tif", Recipes.named("red"))
                        .info()
                        .georeference()
                        .kind())
                .isEqualTo(Georeference.Kind.NONE);
    }

    @Test
    void nodata_may_be_not_a_number() throws IOException {
        assertThat(inspect("nodatas.tif", Recipes.named("red"))
                        .info()
                        .bands()
                        .get(0)
                        .nodata())
                .isEqualTo("nan");
    }

    @Test
    void a_recipe_that_needs_a_map_rejects_scenes_without_a_place_on_the_earth() throws IOException {
        assertRejected("local.tif", Recipes.onMap("red"), "scene-is-on-a-map", "a local coordinate system");
        assertRejected("nowhere.tif", Recipes.onMap("red"), "scene-is-on-a-map", "nothing says where its pixels lie");
        for (String name : List.of("rpc.tif", "gcps.tif", "local.tif", "nowhere.tif")) {
            assertThat(inspect(name, Recipes.named("red")).info().bands()).hasSize(1);
        }
        for (String name : List.of("named.tif", "rotated.tif")) {
            assertThat(inspect(name, Recipes.onMap("red")).info().bands()).hasSize(1);
        }
    }

    @Test
    void signed_bytes_are_of_a_type_of_their_own() throws IOException {
        assertThat(inspect("signed.tif", Recipes.named("red"))
                        .info()
                        .bands()
                        .get(0)
                        .type())
                .isEqualTo("Int8");
    }

    @Test
    void blocks_that_were_never_written_are_empty_where_nodata_is_declared() throws IOException {
        Inspection sparse = inspect("sparse.tif", Recipes.named("red", "nir"));
        assertThat(sparse.empty().test(new Window(32, 0, 32, 32))).isTrue();
        assertThat(sparse.empty().test(new Window(0, 0, 32, 32))).isFalse();
        Inspection undeclared = inspect("undeclared.tif", Recipes.named("red", "nir"));
        assertThat(undeclared.empty().test(new Window(32, 0, 32, 32))).isFalse();
    }

    @Test
    void a_scene_of_too_many_tiles_is_rejected_before_anything_is_queued() throws Exception {
        Rasters.make(
                root.resolve("made"),
                "make('vast.tif', ('red',), 200000, 200000, options=('TILED=YES', 'SPARSE_OK=TRUE'), fill=False)");
        Recipe small = Recipes.with(Recipes.named("red").bands(), 64);
        assertRejected("vast.tif", small, "tiles-are-few", "more than 1000000 tiles of 64 pixels");
    }

    @Test
    void a_vrt_named_tif_is_rejected_before_gdal_opens_it() throws IOException {
        Path folder = Files.createTempDirectory(root, "scene");
        Files.writeString(folder.resolve("scene.tif"), "<VRTDataset rasterXSize=\"1\" rasterYSize=\"1\"/>");
        SceneInspector noGdal = new SceneInspector(root, new GdalInfoCommand("/bin/false", java.time.Duration.ZERO));
        assertThatThrownBy(() -> noGdal.inspect(folder, Recipes.named("red")))
                .isInstanceOfSatisfying(
                        BadSceneException.class,
                        reason -> assertThat(reason.rule()).isEqualTo("file-is-a-tiff"));
    }

    @Test
    void a_link_out_of_the_storage_is_not_followed(@TempDir Path elsewhere) throws IOException {
        Files.copy(root.resolve("made/named.tif"), elsewhere.resolve("named.tif"));
        Path folder = Files.createTempDirectory(root, "scene");
        Files.createSymbolicLink(folder.resolve("scene.tif"), elsewhere.resolve("named.tif"));
        assertThatThrownBy(() -> inspector.inspect(folder, Recipes.named("red")))
                .isInstanceOf(BadSceneException.class)
                .hasMessageContaining("outside the storage root");
    }

    @Test
    void a_folder_with_nothing_or_several_files_without_an_item_is_no_scene() throws IOException {
        Path folder = Files.createTempDirectory(root, "scene");
        assertThatThrownBy(() -> inspector.inspect(folder, Recipes.named("red")))
                .hasMessageContaining("it holds nothing");
        Files.createFile(folder.resolve("a.tif"));
        Files.createFile(folder.resolve("b.tif"));
        assertThatThrownBy(() -> inspector.inspect(folder, Recipes.named("red")))
                .hasMessageContaining("without a STAC Item");
    }

    @Test
    void a_missing_folder_is_not_the_scenes_fault() {
        assertThatThrownBy(() -> inspector.inspect(root.resolve("gone"), Recipes.named("red")))
                .isInstanceOf(SceneUnavailableException.class);
    }

    @Test
    void the_limit_of_a_block_counts_what_gdal_holds_of_a_strip() throws IOException {
        SceneInfo info = inspect("strip.tif", Recipes.named("red", "nir")).info();
        assertThat(info.blockWidth()).isEqualTo(11_000);
        assertThat(info.blockHeight()).isEqualTo(1);
        assertThat(info.sources().get(0).blockHeight()).isEqualTo(1);
        assertRejected("planes.tif", Recipes.named("red"), "blocks-are-small", "274 MiB");
    }

    private static TileGrid grid(SceneInfo info, Recipe recipe) {
        return SceneTiles.of(info, recipe, TileSizes.NOTHING_LEARNED).grid();
    }
}
