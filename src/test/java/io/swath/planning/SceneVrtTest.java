package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Recipe;
import io.swath.storage.Storage;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("resources")
class SceneVrtTest {
    @TempDir
    static Path made;

    @TempDir
    Path root;

    /** The storage's path on the nodes; empty: the same. */
    private String clusterRoot = "";

    @BeforeAll
    static void makeScenes() throws Exception {
        Rasters.make(made, """
                ds = make('plain.tif', ('blue', 'green', 'red', 'nir'), nodata=0)
                ds.SetMetadataItem('TIFFTAG_DATETIME', '2022:10:05 11:54:11')
                ds.GetRasterBand(3).SetScale(0.0001); ds.GetRasterBand(3).SetOffset(-0.1)
                ds.GetRasterBand(3).SetUnitType('<m & "s">')
                ds = make('strips.tif', ('red',), 61, 47, type=gdal.GDT_Float32, nodata=nan, options=('COMPRESS=DEFLATE',))
                ds = make('gcps.tif', ('red',), transform=None, epsg=None)
                srs = osr.SpatialReference(); srs.ImportFromEPSG(4326)
                ds.SetGCPs([gdal.GCP(10, 20, 5, 0, 0), gdal.GCP(11, 20, 0, 64, 0), gdal.GCP(10, 19, 0, 0, 48)], srs)
                rpc = {key: '1' for key in 'LINE_OFF SAMP_OFF LAT_OFF LONG_OFF HEIGHT_OFF LINE_SCALE SAMP_SCALE LAT_SCALE LONG_SCALE HEIGHT_SCALE'.split()}
                rpc.update({key: '1 ' * 20 for key in 'LINE_NUM_COEFF LINE_DEN_COEFF SAMP_NUM_COEFF SAMP_DEN_COEFF'.split()})
                ds.SetMetadata(rpc, 'RPC')
                ds = make('alpha.tif', bands=4, type=gdal.GDT_Byte)
                ds = make('both.tif', bands=4, type=gdal.GDT_Byte, nodata=0)
                ds = make('fourth.tif', ('blue', 'green', 'red', 'nir'), type=gdal.GDT_Byte)
                ds = None
                gdal.Translate('pair.tif', 'fourth.tif', bandList=[3, 4])
                gdal.Translate('unnamed.tif', 'alpha.tif', bandList=[3, 4])
                ds = make('masked.tif', ('red',), type=gdal.GDT_Byte)
                ds.CreateMaskBand(gdal.GMF_PER_DATASET)
                ds.GetRasterBand(1).GetMaskBand().WriteArray((np.indices((48, 64)).sum(0) % 2 * 255).astype('uint8'))
                ds = None
                gdal.Translate('cog.tif', 'masked.tif', format='COG', width=640, creationOptions=['BLOCKSIZE=128'])
                gdal.Translate('big.tif', 'plain.tif', creationOptions=['BIGTIFF=YES'])
                gdal.Translate('pages.tif', 'plain.tif', bandList=[3])
                gdal.Translate('pages.tif', 'plain.tif', bandList=[1], creationOptions=['APPEND_SUBDATASET=YES'])
                ds = make('signed.tif', ('red',), type=gdal.GDT_Byte, options=('PIXELTYPE=SIGNEDBYTE',), fill=False)
                signed = (np.arange(64 * 48) % 256 - 128).astype('int8').reshape(48, 64)
                ds.GetRasterBand(1).WriteArray(signed.view('uint8') if gdal.VersionInfo() < '3070000' else signed)
                ds.GetRasterBand(1).SetNoDataValue(-99)
                table = gdal.ColorTable()
                for index, colour in enumerate([(0, 0, 0, 0), (9, 8, 7, 255), (0, 0, 0, 255), (255, 1, 2, 255)]): table.SetColorEntry(index, colour)
                for name, kind in (('classes.tif', gdal.GDT_Byte), ('classes16.tif', gdal.GDT_UInt16)):
                    ds = make(name, ('red',), type=kind, fill=False); ds.GetRasterBand(1).SetColorTable(table)
                    ds.GetRasterBand(1).WriteArray(np.arange(64 * 48).reshape(48, 64) % 4)
                ds = None
                for number, (kind, text) in enumerate([(gdal.GDT_Float32, '-3.4028234663852886e+38'), (gdal.GDT_Float32, '3.4028234663852886e+38'),
                        (gdal.GDT_Float64, '-1.7976931348623157e+308'), (gdal.GDT_Float64, '-1e30'), (gdal.GDT_Float32, 'inf'), (gdal.GDT_Float64, '-inf'),
                        (gdal.GDT_Float32, 'nan'), (gdal.GDT_Int32, '-999999999'), (gdal.GDT_Float32, '-9999.9'), (gdal.GDT_Float64, '0.1')]):
                    ds = make(f'nodata{number}.tif', ('red',), type=kind, nodata=float(text), fill=False)
                    kept = np.arange(64 * 48).reshape(48, 64).astype('float64'); kept[::3] = float(text)
                    ds.GetRasterBand(1).WriteArray(kept)
                ds = make('outside.tif', ('red',), type=gdal.GDT_Byte, nodata=-9999)
                ds = None
                gdal.Translate('cmyk.tif', 'alpha.tif', creationOptions=['PHOTOMETRIC=CMYK'])
                """);
    }

    private Path vrt(String name, String as, Recipe recipe) throws IOException {
        Path scene = Files.createDirectories(root.resolve("scenes/one"));
        Path work = Files.createDirectories(root.resolve("work/one"));
        Files.copy(made.resolve(name), scene.resolve(as));
        SceneInfo info = new SceneInspector(root, new GdalInfoCommand())
                .inspect(scene, recipe)
                .info();
        Path vrt = work.resolve("scene.vrt");
        SceneVrt.write(info, new Storage(root, clusterRoot), vrt);
        return vrt;
    }

    /** Runs a comparison with {@code v} the VRT and {@code s} its source. */
    private void check(String name, String script) throws Exception {
        Rasters.make(
                root,
                "v = gdal.Open('work/one/scene.vrt'); s = gdal.Open(" + name + ")\n"
                        + "def same(a, b):\n  assert a == b, (a, b)\n"
                        + "def pixels(a, b):\n  np.testing.assert_array_equal(a.ReadAsArray(), b.ReadAsArray())\n"
                        + script);
    }

    @Test
    void holds_exactly_the_recipes_bands_in_its_order_and_their_pixels() throws Exception {
        vrt("plain.tif", "plain.tif", Recipes.named("red", "nir"));
        check("'scenes/one/plain.tif'", """
                same(v.RasterCount, 2)
                pixels(v.GetRasterBand(1), s.GetRasterBand(3)); pixels(v.GetRasterBand(2), s.GetRasterBand(4))
                red = v.GetRasterBand(1)
                same((red.GetDescription(), red.GetScale(), red.GetOffset(), red.GetNoDataValue()), ('red', 0.0001, -0.1, 0))
                same(red.GetUnitType(), '<m & "s">')
                same(v.GetGeoTransform(), s.GetGeoTransform())
                assert v.GetSpatialRef().IsSame(s.GetSpatialRef())
                same(v.GetSpatialRef().GetDataAxisToSRSAxisMapping(), s.GetSpatialRef().GetDataAxisToSRSAxisMapping())
                same(v.GetMetadataItem('TIFFTAG_DATETIME'), '2022:10:05 11:54:11')
                same(v.GetMetadataItem('AREA_OR_POINT'), 'Area')
                """);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void nodata_is_exactly_the_files_and_masks_the_same_pixels(int number) throws Exception {
        vrt("nodata" + number + ".tif", "nodata.tif", Recipes.named("red"));
        check("'scenes/one/nodata.tif'", """
                a, b = v.GetRasterBand(1), s.GetRasterBand(1)
                np.testing.assert_array_equal(a.GetNoDataValue(), b.GetNoDataValue())
                pixels(a, b)
                mask = a.GetMaskBand().ReadAsArray()
                assert (mask[::3] == 0).all() and (mask[1::3] == 255).all(), mask
                """);
    }

    @Test
    void nodata_that_no_pixel_can_have_masks_nothing() throws Exception {
        vrt("outside.tif", "outside.tif", Recipes.named("red"));
        check("'scenes/one/outside.tif'", "same(v.GetRasterBand(1).GetMaskFlags(), gdal.GMF_ALL_VALID)");
    }

    @Test
    void signed_bytes_have_their_sign_with_every_gdal() throws Exception {
        vrt("signed.tif", "signed.tif", Recipes.named("red"));
        check("'scenes/one/signed.tif'", """
                signed = np.arange(64 * 48).reshape(48, 64) % 256 - 128
                a = v.GetRasterBand(1)
                np.testing.assert_array_equal(a.ReadAsArray(), signed)
                same(a.GetNoDataValue(), -99)
                np.testing.assert_array_equal(a.GetMaskBand().ReadAsArray() == 0, signed == -99)
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"classes.tif", "classes16.tif"})
    void a_palette_is_that_of_the_file(String name) throws Exception {
        vrt(name, name, Recipes.named("red"));
        check("'scenes/one/" + name + "'", """
                a, b = v.GetRasterBand(1), s.GetRasterBand(1)
                same(a.GetColorInterpretation(), gdal.GCI_PaletteIndex)
                for index in range(4): same(a.GetColorTable().GetColorEntry(index), b.GetColorTable().GetColorEntry(index))
                pixels(a, b)
                """);
    }

    @Test
    void gdal_translate_cuts_the_same_window_from_the_vrt_as_from_the_scene() throws Exception {
        vrt("strips.tif", "strips.tif", Recipes.named("red"));
        for (String source : List.of("work/one/scene.vrt", "scenes/one/strips.tif")) {
            Rasters.run(
                    root,
                    List.of(
                            "gdal_translate",
                            "-q",
                            "-srcwin",
                            "13",
                            "7",
                            "40",
                            "31",
                            source,
                            source.replace('/', '_') + ".out.tif"));
        }
        Rasters.make(root, """
                a = gdal.Open('work_one_scene.vrt.out.tif'); b = gdal.Open('scenes_one_strips.tif.out.tif')
                np.testing.assert_array_equal(a.ReadAsArray(), b.ReadAsArray())
                assert a.GetGeoTransform() == b.GetGeoTransform()
                assert np.isnan(a.GetRasterBand(1).GetNoDataValue())
                """);
    }

    @Test
    void keeps_ground_control_points_and_rpc() throws Exception {
        vrt("gcps.tif", "gcps.tif", Recipes.named("red"));
        check("'scenes/one/gcps.tif'", """
                point = lambda g: (g.GCPX, g.GCPY, g.GCPZ, g.GCPPixel, g.GCPLine)
                same([point(g) for g in v.GetGCPs()], [point(g) for g in s.GetGCPs()])
                assert v.GetGCPSpatialRef().IsSame(s.GetGCPSpatialRef())
                same(v.GetMetadata('RPC'), s.GetMetadata('RPC'))
                """);
    }

    @Test
    void an_alpha_band_or_a_mask_of_the_scene_masks_the_recipes_bands() throws Exception {
        vrt("alpha.tif", "alpha.tif", Recipes.named("red"));
        check(
                "'scenes/one/alpha.tif'",
                "same(v.RasterCount, 1); pixels(v.GetRasterBand(1).GetMaskBand(), s.GetRasterBand(4))");
        Files.delete(root.resolve("scenes/one/alpha.tif"));
        vrt("masked.tif", "masked.tif", Recipes.named("red"));
        check("'scenes/one/masked.tif'", "pixels(v.GetRasterBand(1).GetMaskBand(), s.GetRasterBand(1).GetMaskBand())");
    }

    @Test
    void masks_overviews_pages_and_colours_are_those_of_the_file_itself() throws Exception {
        for (String name : List.of("cog.tif", "big.tif", "pages.tif", "cmyk.tif")) {
            Path vrt = vrt(name, name, Recipes.numbered(1));
            String masked =
                    name.equals("cog.tif") ? "assert a.GetOverviewCount() > 0; same(a.GetMaskFlags(), 2)\n" : "";
            check("'scenes/one/" + name + "'", """
                    a, b = v.GetRasterBand(1), s.GetRasterBand(1)
                    pixels(a, b)
                    pixels(a.GetMaskBand(), b.GetMaskBand())
                    """ + masked);
            Files.delete(root.resolve("scenes/one").resolve(name));
            Files.delete(vrt);
        }
    }

    @Test
    void a_source_that_became_another_kind_of_file_is_not_opened() throws Exception {
        for (String name : List.of("plain.tif", "masked.tif")) {
            vrt(name, name, Recipes.named("red"));
            Path source = root.resolve("scenes/one").resolve(name);
            Path secret = Files.write(root.resolve("secret"), new byte[64 * 48]);
            Files.writeString(source, """
                    <VRTDataset rasterXSize="64" rasterYSize="48">
                      <VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">
                        <SourceFilename relativeToVRT="0">%s</SourceFilename>
                      </VRTRasterBand>
                    </VRTDataset>""".formatted(secret));
            Rasters.make(root, """
                    assert gdal.Open('scenes/one/%s') is not None  # what GDAL does without the prefix
                    try:
                      gdal.Open('work/one/scene.vrt').ReadAsArray()
                      raise SystemExit('the VRT was opened')
                    except RuntimeError as error:
                      assert 'TIFF' in str(error) or 'No such file' in str(error), error
                    """.formatted(name));
            Files.delete(source);
        }
    }

    @Test
    void a_bands_nodata_takes_precedence_over_the_alpha_band() throws Exception {
        vrt("both.tif", "both.tif", Recipes.named("red"));
        check("'scenes/one/both.tif'", """
                same(s.GetRasterBand(4).GetColorInterpretation(), gdal.GCI_AlphaBand)
                same(v.GetRasterBand(1).GetMaskFlags(), gdal.GMF_NODATA)
                pixels(v.GetRasterBand(1).GetMaskBand(), s.GetRasterBand(1).GetMaskBand())
                """);
    }

    @Test
    void a_named_fourth_band_is_no_mask_even_if_gdal_marks_it_as_alpha() throws Exception {
        vrt("fourth.tif", "fourth.tif", Recipes.named("red", "nir"));
        check("'scenes/one/fourth.tif'", """
                same(s.GetRasterBand(4).GetColorInterpretation(), gdal.GCI_AlphaBand)
                same(v.GetRasterBand(1).GetMaskFlags(), gdal.GMF_ALL_VALID)
                pixels(v.GetRasterBand(2), s.GetRasterBand(4))
                """);
    }

    /** The mark of the fourth band comes along with it: these are files of two bands, the second alpha. */
    @ParameterizedTest
    @ValueSource(strings = {"pair.tif", "unnamed.tif"})
    void a_band_of_the_recipe_is_never_the_mask(String name) throws Exception {
        vrt(name, name, Recipes.numbered(2, 1));
        check("'scenes/one/" + name + "'", """
                same(s.GetRasterBand(2).GetColorInterpretation(), gdal.GCI_AlphaBand)
                same(s.GetRasterBand(1).GetMaskFlags(), gdal.GMF_ALPHA | gdal.GMF_PER_DATASET)
                for band, source in (1, 2), (2, 1):
                  pixels(v.GetRasterBand(band), s.GetRasterBand(source))
                  same(v.GetRasterBand(band).GetMaskFlags(), gdal.GMF_ALL_VALID)
                """);
    }

    @Test
    void opens_where_the_nodes_have_the_storage_at_another_path(@TempDir Path elsewhere) throws Exception {
        Path moved = elsewhere.resolve("moved");
        clusterRoot = moved.toString();
        vrt("plain.tif", "plain.tif", Recipes.named("nir"));
        Files.move(root.resolve("scenes"), Files.createDirectories(moved).resolve("scenes"));
        Files.move(root.resolve("work"), moved.resolve("work"));
        Rasters.make(moved, "assert gdal.Open('work/one/scene.vrt').ReadAsArray().max() > 0");
    }

    @Test
    void a_scene_whose_name_contains_markup_quotes_and_line_ends_can_be_opened() throws Exception {
        String name = " a\n$(touch x)'\"<&>]]>;\t.tif";
        vrt("plain.tif", name, Recipes.named("nir"));
        check(
                "'scenes/one/' + __import__('os').listdir('scenes/one')[0]",
                "pixels(v.GetRasterBand(1), s.GetRasterBand(4))");
    }

    @Test
    void replaces_an_older_vrt_completely_and_leaves_no_other_file() throws Exception {
        Path vrt = vrt("plain.tif", "plain.tif", Recipes.named("nir"));
        SceneInfo info = new SceneInspector(root, new GdalInfoCommand())
                .inspect(root.resolve("scenes/one"), Recipes.named("red", "blue"))
                .info();
        SceneVrt.write(info, new Storage(root, clusterRoot), vrt);
        assertThat(vrt.getParent().toFile().list()).containsExactly("scene.vrt");
        assertThat(Files.readString(vrt)).contains("<Description>blue</Description>");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(vrt)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void is_not_written_outside_the_storage(@TempDir Path elsewhere) throws Exception {
        vrt("plain.tif", "plain.tif", Recipes.named("nir"));
        SceneInfo info = new SceneInspector(root, new GdalInfoCommand())
                .inspect(root.resolve("scenes/one"), Recipes.named("red"))
                .info();
        assertThatThrownBy(() -> SceneVrt.write(info, new Storage(root, clusterRoot), elsewhere.resolve("scene.vrt")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
