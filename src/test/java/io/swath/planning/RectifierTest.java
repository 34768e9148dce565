package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.model.Recipe;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.SceneUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("resources")
class RectifierTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path made;

    @TempDir
    Path folder;

    private Path root;
    private Path scene;

    /** 200 x 100 pixels of 1/20000 degree at 113.6, 34.8, seen from above: each pixel is 4.57 m wide and 5.55 m high. */
    @BeforeAll
    static void make() throws Exception {
        Rasters.make(made, """
                def rpc(ds, lon=113.6, lat=34.8, **other):
                    zeros = ' 0' * 16
                    items = dict(LINE_OFF=49.5, SAMP_OFF=99.5, LAT_OFF=lat, LONG_OFF=lon, HEIGHT_OFF=110, LINE_SCALE=50, SAMP_SCALE=100,
                        LAT_SCALE=0.0025, LONG_SCALE=0.005, HEIGHT_SCALE=500, LINE_NUM_COEFF='0 0 -1 0' + zeros, LINE_DEN_COEFF='1 0 0 0' + zeros,
                        SAMP_NUM_COEFF='0 1 0 0.4' + zeros, SAMP_DEN_COEFF='1 0 0 0' + zeros)
                    items.update(other)
                    ds.SetMetadata({name: str(value) for name, value in items.items()}, 'RPC')
                image = lambda name, **more: make(name, ['red', 'qa_pixel'], 200, 100, transform=None, epsg=None, **more)
                ds = image('rpc.tif', nodata=0); rpc(ds)
                ds = image('bytes.tif', type=gdal.GDT_Byte); rpc(ds)
                ds = image('pole.tif', nodata=0); rpc(ds, lat=88, LONG_SCALE=0.07)
                ds = image('wild.tif', nodata=0); rpc(ds, LONG_SCALE=150, LAT_SCALE=80)
                ds = image('nowhere.tif')
                ds = image('points.tif', nodata=0)
                srs = osr.SpatialReference(); srs.ImportFromEPSG(4326); srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
                lons = lambda x: (179.99 + x * 1e-4 + 180) % 360 - 180
                points = [gdal.GCP(lons(x), -10 - y * 1e-4, 0, x, y) for x in (0, 100, 200) for y in (0, 50, 100)]
                ds.SetGCPs(points, srs)
                ds = make('mapped.tif', ['red', 'qa_pixel'], 200, 100)
                ds = make('unknown.tif', ['red', 'qa_pixel'], 200, 100, epsg=None)
                ds = image('few.tif', nodata=0); ds.SetGCPs(points[:3], srs)
                ds = make('dem.tif', bands=1, width=40, height=40, transform=(113.5, 0.005, 0, 34.9, 0, -0.005), epsg=4326)
                ds = make('far.tif', bands=1, width=40, height=40, transform=(113.6, 0.005, 0, 34.9, 0, -0.005), epsg=4326)
                ds = make('feet.tif', bands=1, epsg=4326); ds.GetRasterBand(1).SetUnitType('ft')
                ds = None
                """);
    }

    @BeforeEach
    void open() throws IOException {
        root = folder.toRealPath();
        scene = Files.createDirectories(root.resolve("scenes/one"));
    }

    private SceneInfo plan(String name, Recipe recipe, TerrainSettings settings) throws IOException {
        Files.copy(made.resolve(name), scene.resolve(name));
        Files.createDirectories(root.resolve("dem"));
        for (String model : new String[] {"dem.tif", "far.tif", "feet.tif"}) {
            Files.copy(made.resolve(model), root.resolve("dem").resolve(model), StandardCopyOption.REPLACE_EXISTING);
        }
        GdalInfoCommand gdalinfo = new GdalInfoCommand();
        return new SceneInspector(root, gdalinfo, new Terrain(settings, root, gdalinfo))
                .inspect(scene, recipe)
                .info();
    }

    private SceneInfo plan(String name) throws IOException {
        return plan(name, Recipes.onMap("red", "qa_pixel"), new TerrainSettings("", ""));
    }

    private JsonNode written(SceneInfo info) throws IOException {
        Path work = Files.createDirectories(root.resolve("work/one"));
        MapFiles.write(info, new Storage(root, "/nodes"), work, JSON);
        SourceList.write(info, new Storage(root, "/nodes"), work);
        return JSON.readTree(work.resolve("ortho.json").toFile());
    }

    @Test
    void the_map_is_in_utm_with_pixels_of_the_finest_side_and_holds_the_whole_image() throws Exception {
        SceneInfo info = plan("rpc.tif");
        Rectification onto = info.rectification();
        assertThat(onto.method()).isEqualTo("RPC");
        assertThat(onto.heightMetres()).isEqualTo(110);
        assertThat(onto.map().epsg()).isEqualTo(32649);
        assertThat(onto.map().geoTransform().get(1)).isEqualTo(4.6); // 4.57 m
        assertThat(onto.map().geoTransform().get(5)).isEqualTo(-4.6);
        assertThat(onto.map().geoTransform().get(0) / 4.6)
                .isCloseTo(Math.rint(onto.map().geoTransform().get(0) / 4.6), within(1e-6));
        // 0.01 x 0.005 degrees are 915 x 555 m, turned by the meridian convergence of 1.48 degrees
        assertThat(onto.width()).isBetween(202, 208);
        assertThat(onto.height()).isBetween(126, 132);
        assertThat(info.gridWidth()).isEqualTo(onto.width());
        assertThat(info.width()).isEqualTo(200);
        assertThat(info.georeference().footprint())
                .anySatisfy(point -> assertThat(point.get(0)).isCloseTo(113.605, within(3e-4)));
        assertThat(JSON.readValue(JSON.writeValueAsString(info), SceneInfo.class))
                .isEqualTo(info);
    }

    @Test
    void the_jobs_get_the_grid_and_the_map_is_a_dataset_with_the_bands_of_the_scene() throws Exception {
        JsonNode ortho = written(plan("rpc.tif"));
        assertThat(ortho.path("srs").asText()).isEqualTo("EPSG:32649");
        assertThat(ortho.path("dem").asText()).isEmpty();
        assertThat(ortho.path("bands").path(0).path("resampling").asText()).isEqualTo("CUBIC");
        assertThat(ortho.path("bands").path(1).path("resampling").asText()).isEqualTo("NEAREST");
        assertThat(root.resolve("work/one/map.vrt"))
                .content()
                .contains(">GTIFF_DIR:1:/nodes/work/one/tiles/ortho/{TILE}.tif<", "xOff=\"{X}\"", "<Description>red<")
                .contains("<NoDataValue>0<")
                .doesNotContain("RPC");
    }

    @Test
    void bands_without_nodata_get_one_of_a_larger_type() throws Exception {
        JsonNode band = written(plan("bytes.tif")).path("bands").path(0);
        assertThat(band.path("type").asText()).isEqualTo("Int16");
        assertThat(band.path("nodata").asText()).isEqualTo("-32768");
        assertThat(band.path("sourceNodata").asText()).isEmpty();
    }

    @Test
    void a_recipe_that_does_not_need_a_map_gets_the_image_and_no_file_of_a_map() throws Exception {
        SceneInfo info = plan("rpc.tif", Recipes.named("red"), new TerrainSettings("", ""));
        assertThat(info.hasMap()).isFalse();
        Path work = Files.createDirectories(root.resolve("work/one"));
        Files.writeString(work.resolve("map.vrt"), "of a plan before");
        MapFiles.write(info, new Storage(root, "/nodes"), work, JSON);
        assertThat(work).isEmptyDirectory();
    }

    @Test
    void the_terrain_model_is_part_of_what_the_jobs_compare_and_widens_the_map() throws Exception {
        SceneInfo flat = plan("rpc.tif");
        Files.delete(scene.resolve("rpc.tif"));
        SceneInfo info = plan("rpc.tif", Recipes.onMap("red"), new TerrainSettings("dem/dem.tif", "none"));
        JsonNode ortho = written(info);
        assertThat(ortho.path("dem").asText()).isEqualTo("/nodes/dem/dem.tif");
        assertThat(root.resolve("work/one/sources"))
                .content()
                .contains(" /nodes/scenes/one/rpc.tif\0")
                .contains(Files.size(root.resolve("dem/dem.tif")) + " ")
                .contains(" /nodes/dem/dem.tif\0");
        // 500 m above or below the offset move a pixel by 0.4 of 100 columns, 183 m to each side
        assertThat(info.gridWidth() - flat.gridWidth()).isBetween(78, 82);
    }

    @Test
    void a_terrain_model_that_does_not_cover_the_scene_rejects_it() {
        assertThatThrownBy(() -> plan("rpc.tif", Recipes.onMap("red"), new TerrainSettings("dem/far.tif", "none")))
                .isInstanceOfSatisfying(BadSceneException.class, bad -> {
                    assertThat(bad.rule()).isEqualTo("terrain-covers-the-scene");
                    assertThat(bad.what()).contains("longitude 113.59", "dem/far.tif");
                    assertThat(bad.remedy()).contains("dem.path");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "dem/none.tif, none, there is no such file",
        "dem/feet.tif, none, its heights are in ft",
        "/etc/passwd, none, it is not a path below storage.root",
        "dem/dem.tif, ../x, it is not a path below storage.root"
    })
    void a_terrain_model_that_cannot_be_used_lets_scenes_wait(String path, String geoid, String what) {
        assertThatThrownBy(() -> plan("rpc.tif", Recipes.onMap("red"), new TerrainSettings(path, geoid)))
                .isInstanceOf(SceneUnavailableException.class)
                .hasMessageContaining(what)
                .hasMessageContaining("dem.");
    }

    private void item(String rpc, Path coefficients) throws IOException {
        Files.copy(made.resolve("nowhere.tif"), scene.resolve("nowhere.tif"));
        Files.writeString(scene.resolve("item.json"), """
                {"type": "Feature", "stac_version": "1.0.0", "id": "one", "properties": {"datetime": "2025-01-01T00:00:00Z"},
                 "assets": {"data": {"href": "./nowhere.tif", "type": "image/tiff; application=geotiff", "swath:rpc": "RPC",
                            "eo:bands": [{"name": "red"}, {"name": "qa_pixel"}]}}}
                """.replace("RPC", rpc));
        String series = "(0, 1" + ", 0".repeat(18) + ");\n";
        Files.createDirectories(coefficients.getParent());
        Files.writeString(
                coefficients,
                "lineOffset = 49.5;\nsampOffset = 99.5;\nlatOffset = 34.8;\nlongOffset = 113.6;\nheightOffset = 110;\n"
                        + "lineScale = 50;\nsampScale = 100;\nlatScale = 0.0025;\nlongScale = 0.005;\nheightScale = 500;\n"
                        + "sampNumCoef = " + series + "lineNumCoef = " + series.replace("(0, 1, 0", "(0, 0, -1")
                        + "sampDenCoef = " + series.replace("(0, 1", "(1, 0")
                        + "lineDenCoef = " + series.replace("(0, 1", "(1, 0"));
    }

    private SceneInfo planItem() {
        return new SceneInspector(root, new GdalInfoCommand())
                .inspect(scene, Recipes.onMap("red"))
                .info();
    }

    @Test
    void the_coefficients_that_an_item_names_place_a_file_without_a_place() throws Exception {
        item("./p/any.XML", scene.resolve("p/any.XML"));
        assertThat(planItem().rectification().method()).isEqualTo("RPC");
        assertThat(planItem().rectification().map().epsg()).isEqualTo(32649);
    }

    @Test
    void coefficients_that_do_not_lie_with_the_item_are_not_read() throws Exception {
        item("../any.XML", root.resolve("scenes/any.XML"));
        assertThatThrownBy(this::planItem)
                .isInstanceOfSatisfying(
                        BadSceneException.class, bad -> assertThat(bad.rule()).isEqualTo("scene-is-on-a-map"));
    }

    @Test
    void near_a_pole_the_map_is_in_ups() throws Exception {
        assertThat(plan("pole.tif").rectification().map().epsg()).isEqualTo(32661);
    }

    @Test
    void control_points_across_the_antimeridian_place_the_image_in_one_piece() throws Exception {
        SceneInfo info = plan("points.tif");
        assertThat(info.rectification().method()).isEqualTo("GCP_TPS");
        assertThat(info.rectification().map().epsg()).isIn(32701, 32760);
        // 0.02 degrees at 10 degrees south are 2190 m in 200 pixels
        assertThat(info.rectification().map().geoTransform().get(1)).isEqualTo(11.0);
        assertThat(info.gridWidth()).isBetween(200, 210);
    }

    /** Programs write such a transform into scans: it counts pixels. */
    @Test
    void control_points_place_the_image_although_a_transform_without_a_system_is_there() throws Exception {
        Files.writeString(
                scene.resolve("points.tif.aux.xml"),
                "<PAMDataset><GeoTransform>0, 1, 0, 0, 0, 1</GeoTransform></PAMDataset>");
        SceneInfo info = plan("points.tif");
        assertThat(info.rectification().method()).isEqualTo("GCP_TPS");
        assertThat(info.rectification().map().geoTransform().get(1)).isEqualTo(11.0);
    }

    /** QGIS leaves the points from which it has made the file. */
    @Test
    void a_file_on_a_map_stays_there_although_control_points_are_beside_it() throws Exception {
        Files.writeString(scene.resolve("mapped.tif.aux.xml"), """
                <PAMDataset><GCPList Projection="GEOGCS[&quot;WGS 84&quot;,DATUM[&quot;WGS_1984&quot;,SPHEROID[&quot;WGS 84&quot;,
                6378137,298.257223563]],PRIMEM[&quot;Greenwich&quot;,0],UNIT[&quot;degree&quot;,0.0174532925199433]]"><GCP Id="1" Pixel="0" Line="0" X="20" Y="10"/>
                <GCP Id="2" Pixel="200" Line="0" X="21" Y="10"/><GCP Id="3" Pixel="0" Line="100" X="20" Y="9"/>
                <GCP Id="4" Pixel="200" Line="100" X="21" Y="9"/></GCPList></PAMDataset>""");
        SceneInfo info = plan("mapped.tif");
        assertThat(info.rectification().isNone()).isTrue();
        assertThat(info.georeference().epsg()).isEqualTo(32649);
        assertThat(info.georeference().geoTransform()).containsExactly(500000.0, 10.0, 0.0, 4000000.0, 0.0, -10.0);
    }

    @ParameterizedTest
    @CsvSource({
        "few.tif, points-give-a-map, it has 3 ground control points",
        "wild.tif, coefficients-give-a-map, ''",
        "nowhere.tif, scene-is-on-a-map, nothing says where its pixels lie",
        "unknown.tif, scene-is-on-a-map, nothing says in which coordinate system its coordinates are"
    })
    void an_image_without_a_usable_place_is_rejected(String name, String rule, String what) {
        assertThatThrownBy(() -> plan(name)).isInstanceOfSatisfying(BadSceneException.class, bad -> {
            assertThat(bad.rule()).isEqualTo(rule);
            assertThat(bad.what()).contains(what);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "0, 50, 32631",
        "179.9, 1, 32660",
        "180, 1, 32601",
        "-180, -1, 32701",
        "10, -80.5, 32761",
        "10, 84, 32661"
    })
    void the_zone_follows_from_the_centre(double longitude, double latitude, int epsg) {
        assertThat(Rectifier.system(longitude, latitude)).isEqualTo(epsg);
    }
}
