package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.storage.Storage;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files beside a GeoTIFF. Where GDAL reads the same companion, its own reading is the right answer. */
@Tag("resources")
class CompanionSceneTest {
    private static final String ESRI_UTM =
            "PROJCS[\"WGS_1984_UTM_Zone_33N\",GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\","
                    + "SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],"
                    + "PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",0.0],"
                    + "PARAMETER[\"Central_Meridian\",15.0],PARAMETER[\"Scale_Factor\",0.9996],PARAMETER[\"Latitude_Of_Origin\",0.0],"
                    + "UNIT[\"Meter\",1.0]]";

    @TempDir
    static Path made;

    @TempDir
    Path root;

    private Path scene;

    @BeforeAll
    static void makeScenes() throws Exception {
        Rasters.make(made, """
                gdal.SetConfigOption('GDAL_PAM_ENABLED', 'YES')
                bare = dict(names=('red', 'nir'), transform=None, epsg=None)
                for name in 'world', 'lonlat', 'unplaced', 'table': make(name + '.tif', **bare)
                make('placed.tif', ('red', 'nir'))
                make('named.tif', ('red', ''), transform=None, epsg=None)
                ds = make('both.tif', ('red',), nodata=5); band = ds.GetRasterBand(1)
                band.SetScale(2); band.SetOffset(3); band.SetUnitType('m'); band.SetMetadataItem('common_name', 'pan'); ds = None
                ds = band = None
                make('masked.tif', ('red', 'nir'), nodata=7)
                make('bandmask.tif', ('red', 'nir'))
                rpc = {key: str(n / 4) for n, key in enumerate('LINE_OFF SAMP_OFF LAT_OFF LONG_OFF HEIGHT_OFF LINE_SCALE SAMP_SCALE LAT_SCALE LONG_SCALE HEIGHT_SCALE'.split(), 1)}
                rpc.update({key: ' '.join('%.6E' % (-1.5 / (i + n)) for i in range(20)) for n, key in enumerate('LINE_NUM_COEFF LINE_DEN_COEFF SAMP_NUM_COEFF SAMP_DEN_COEFF'.split(), 1)})
                for name, option in ('digitalglobe', 'RPB=YES'), ('ikonos', 'RPCTXT=YES'):
                    ds = make(name + '.tif', options=('PROFILE=BASELINE', option), **bare); ds.SetMetadata(rpc, 'RPC')
                ds = None
                ds = gdal.Open('named.tif')
                srs = osr.SpatialReference(); srs.ImportFromEPSG(4326); ds.SetSpatialRef(srs)
                ds.SetGeoTransform((12.5, 0.01, 0.001, 45, 0.002, -0.01))
                band = ds.GetRasterBand(2)
                band.SetNoDataValue(9); band.SetScale(0.5); band.SetOffset(-3); band.SetUnitType('K'); band.SetDescription('lwir11')
                band.ComputeStatistics(False)
                ds = None
                ds = gdal.Open('placed.tif'); ds.SetGeoTransform((600000, 20, 0, 5000000, 0, -20)); ds = None
                gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'NO')
                for name, flags in ('masked', gdal.GMF_PER_DATASET), ('bandmask', 0):
                    ds = gdal.Open(name + '.tif'); ds.GetRasterBand(1).CreateMaskBand(flags)
                    ds.GetRasterBand(1).GetMaskBand().WriteArray((np.indices((48, 64)).sum(0) % 3 // 2 * 255).astype('uint8'))
                    ds = None
                """);
        Files.writeString(made.resolve("both.tif.aux.xml"), """
                <PAMDataset><Metadata><MDI key="AREA_OR_POINT">Point</MDI></Metadata><PAMRasterBand band="1">
                  <Description>y</Description><NoDataValue>9.0</NoDataValue><UnitType>K</UnitType><Offset>30</Offset>
                  <Scale>20</Scale><ColorInterp>Blue</ColorInterp><Metadata><MDI key="common_name">nir</MDI></Metadata>
                  <Histograms><HistItem><HistMin>1</HistMin></HistItem></Histograms></PAMRasterBand></PAMDataset>""");
        Files.writeString(made.resolve("world.tfw"), "10\n0\n0\n-10\n500005\n5299995\n");
        Files.writeString(made.resolve("world.prj"), ESRI_UTM);
        Files.writeString(made.resolve("lonlat.TFW"), "0,5\r\n0\r\n0\r\n-0,5\r\n10.25\r\n49.75\r\n");
        Files.writeString(
                made.resolve("lonlat.PRJ"),
                "GEOGCS[\"GCS_WGS_1984\",DATUM[\"D_WGS_1984\",SPHEROID[\"WGS_1984\",6378137.0,298.257223563]],"
                        + "PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]");
        Files.writeString(made.resolve("table.tab"), "!table");
    }

    private SceneInfo plan(String name, String... bands) throws IOException {
        scene = Files.createDirectories(root.resolve("scenes/one"));
        Path work = Files.createDirectories(root.resolve("work/one"));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(made, name + "[._]*")) {
            for (Path file : files) {
                Files.copy(file, scene.resolve(file.getFileName()));
            }
        }
        return planned(work, bands);
    }

    private SceneInfo planned(Path work, String... bands) throws IOException {
        SceneInfo info = new SceneInspector(root, new GdalInfoCommand())
                .inspect(scene, Recipes.named(bands))
                .info();
        SceneVrt.write(info, new Storage(root, ""), work.resolve("scene.vrt"));
        return info;
    }

    /** Compares the VRT {@code v}, opened as jobs open it, with the GeoTIFF {@code s} as GDAL reads it with its companions. */
    private void check(String name, String script) throws Exception {
        Rasters.make(
                root,
                "gdal.SetConfigOption('GDAL_PAM_ENABLED', 'YES')\n"
                        + "s = gdal.Open('scenes/one/" + name + ".tif')\n"
                        + "gdal.SetConfigOption('GDAL_DISABLE_READDIR_ON_OPEN', 'EMPTY_DIR')\n"
                        + "v = gdal.Open('work/one/scene.vrt')\n"
                        + "def same(a, b):\n  assert a == b, (a, b)\n" + script);
    }

    @Test
    void a_world_file_and_its_prj_place_the_scene() throws Exception {
        SceneInfo info = plan("world", "red", "nir");
        assertThat(info.georeference().geoTransform()).containsExactly(500000.0, 10.0, 0.0, 5300000.0, 0.0, -10.0);
        assertThat(info.georeference().epsg()).isEqualTo(32633);
        assertThat(info.georeference().footprint()).isNotEmpty();
        check("world", """
                same(v.GetGeoTransform(), s.GetGeoTransform())
                same(v.GetSpatialRef().GetAuthorityCode(None), '32633')
                np.testing.assert_array_equal(v.ReadAsArray(), s.ReadAsArray())
                """);
    }

    @Test
    void a_world_file_in_degrees_has_longitude_first() throws Exception {
        SceneInfo info = plan("lonlat", "red");
        assertThat(info.georeference().geoTransform()).containsExactly(10.0, 0.5, 0.0, 50.0, 0.0, -0.5);
        assertThat(info.georeference().epsg()).isEqualTo(4326);
        assertThat(info.georeference().footprint())
                .anySatisfy(point -> assertThat(point).containsExactly(10.0, 50.0));
    }

    @Test
    void an_auxiliary_file_counts_as_gdal_reads_it() throws Exception {
        SceneInfo info = plan("named", "red", "lwir11");
        assertThat(info.georeference().epsg()).isEqualTo(4326);
        check("named", """
                same(v.GetGeoTransform(), s.GetGeoTransform())
                assert v.GetSpatialRef().IsSame(s.GetSpatialRef())
                same(v.GetSpatialRef().GetDataAxisToSRSAxisMapping(), s.GetSpatialRef().GetDataAxisToSRSAxisMapping())
                a, b = v.GetRasterBand(2), s.GetRasterBand(2)
                for get in 'GetNoDataValue', 'GetScale', 'GetOffset', 'GetUnitType', 'GetDescription': same(getattr(a, get)(), getattr(b, get)())
                """);
    }

    @Test
    void where_file_and_auxiliary_file_differ_the_same_one_counts_as_for_gdal() throws Exception {
        SceneInfo info = plan("both", "nir");
        assertThat(info.bands().get(0).nodata()).isEqualTo("9");
        check("both", """
                a, b = v.GetRasterBand(1), s.GetRasterBand(1)
                for get in 'GetNoDataValue', 'GetScale', 'GetOffset', 'GetUnitType', 'GetColorInterpretation': same(getattr(a, get)(), getattr(b, get)())
                same(v.GetMetadataItem('AREA_OR_POINT'), s.GetMetadataItem('AREA_OR_POINT'))
                """);
    }

    @Test
    void an_auxiliary_file_comes_before_the_files_own_place() throws Exception {
        plan("placed", "red");
        check("placed", "same(v.GetGeoTransform(), s.GetGeoTransform()); same(v.GetGeoTransform()[0], 600000)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"digitalglobe", "ikonos"})
    void coefficients_beside_the_file_count_as_gdal_reads_them(String name) throws Exception {
        SceneInfo info = plan(name, "red");
        assertThat(info.georeference().rpc()).hasSizeGreaterThanOrEqualTo(14);
        check(name, """
                a, b = v.GetMetadata('RPC'), s.GetMetadata('RPC')
                for key in b:
                    if not key.startswith('M') and not key.startswith('ERR'): same([float(x) for x in a[key].split()], [float(x) for x in b[key].split()])
                assert len(b) >= 14
                """);
    }

    @Test
    void a_mask_beside_the_file_marks_the_valid_pixels_for_the_jobs() throws Exception {
        SceneInfo info = plan("masked", "nir");
        assertThat(info.sources()).hasSize(2);
        assertThat(info.sources().get(1).path()).endsWith("masked.tif.msk");
        check("masked", """
                same(v.GetRasterBand(1).GetMaskFlags(), gdal.GMF_PER_DATASET)
                np.testing.assert_array_equal(v.GetRasterBand(1).GetMaskBand().ReadAsArray(), s.GetRasterBand(2).GetMaskBand().ReadAsArray())
                assert 0 < (v.GetRasterBand(1).GetMaskBand().ReadAsArray() == 0).sum() < 64 * 48
                """);
    }

    @ParameterizedTest
    @CsvSource({"bandmask, bandmask.tif.msk", "table, table.tab"})
    void a_companion_that_swath_does_not_read_is_named(String name, String companion) {
        assertThatThrownBy(() -> plan(name, "red")).isInstanceOfSatisfying(BadSceneException.class, bad -> {
            assertThat(bad.rule()).isEqualTo("companions-can-be-read");
            assertThat(bad.what()).contains(companion);
            assertThat(bad.remedy()).contains("gdal_translate");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "unplaced.tfw | 10 0 0 -10 500005",
                "unplaced.tfw | 10 0 0 -10 500005 nan",
                "unplaced.tfw | ten",
                "unplaced.prj | no system",
                "unplaced.tif.aux.xml | <PAMDataset><SRS>",
                "unplaced.tif.aux.xml | <PAMDataset><SRS>/etc/passwd</SRS></PAMDataset>",
                "unplaced.tif.aux.xml | <PAMDataset><GeoTransform>1, 2, 3</GeoTransform></PAMDataset>",
                "unplaced.tif.aux.xml | <!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><PAMDataset><SRS>&b;</SRS></PAMDataset>",
                "unplaced.rpb | lineOffset = 1;",
                "unplaced_RPC.TXT | LINE_OFF: x",
                "unplaced.tif.msk | no tiff"
            })
    void a_damaged_companion_is_named_with_what_is_wrong(String companion, String content) throws Exception {
        scene = Files.createDirectories(root.resolve("scenes/one"));
        Files.copy(made.resolve("unplaced.tif"), scene.resolve("unplaced.tif"));
        Files.writeString(scene.resolve(companion), content);
        assertThatThrownBy(() -> planned(root, "red")).isInstanceOfSatisfying(BadSceneException.class, bad -> {
            assertThat(bad.rule()).isEqualTo("companions-can-be-read");
            assertThat(bad.what()).contains(companion);
        });
    }

    @Test
    void what_lies_beside_a_file_of_an_item_counts_too() throws Exception {
        plan("world", "red");
        Files.writeString(scene.resolve("item.json"), """
                {"type": "Feature", "stac_version": "1.0.0", "id": "one", "properties": {"datetime": "2025-01-01T00:00:00Z"},
                 "assets": {"data": {"href": "./world.tif", "type": "image/tiff; application=geotiff",
                            "eo:bands": [{"common_name": "red"}, {"common_name": "nir"}]}}}
                """);
        SceneInfo info = planned(root.resolve("work/one"), "nir");
        assertThat(info.raster()).endsWith("item.json");
        assertThat(info.georeference().epsg()).isEqualTo(32633);
        assertThat(info.sources()).extracting(source -> source.path()).isEqualTo(List.of("scenes/one/world.tif"));
    }
}
