package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.swath.arrival.ScenePreview;
import io.swath.formats.Product;
import io.swath.formats.SceneFormats;
import io.swath.model.Recipe;
import io.swath.model.Recipe.BandSelector;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.storage.Roots;
import io.swath.storage.Storage;
import io.swath.testing.SmallProduct;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plans a product by the Item that its kind makes of it. */
@Tag("resources")
class ProductPlanningTest {
    @TempDir
    Path root;

    @TempDir
    Path made;

    @Test
    void a_product_is_planned_with_the_nodata_and_the_factors_of_its_metadata() throws Exception {
        Rasters.make(made, """
                ds = make('red.tif', bands=1)
                ds = make('nir.tif', bands=1)
                ds = None
                """);
        Path files = new SmallProduct().writeTo(root.resolve("scenes/one/product"));
        Files.copy(made.resolve("red.tif"), files.resolve("LC08_B4.TIF"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(made.resolve("nir.tif"), files.resolve("LC08_B5.TIF"), StandardCopyOption.REPLACE_EXISTING);
        Path metadata = files.resolve("LC08_MTL.txt");
        Files.writeString(
                metadata,
                Files.readString(metadata)
                        .replace("RADIANCE_MULT_BAND_4 = 1", "RADIANCE_MULT_BAND_4 = 0.0125")
                        .replace("RADIANCE_ADD_BAND_4 = 0", "RADIANCE_ADD_BAND_4 = -62.5"));
        Inspection inspection = inspect(files);
        assertThat(inspection.info().datetime()).isEqualTo("2017-08-13T15:54:15Z");
        assertThat(inspection.sensors()).containsExactly("landsat", "landsat-8", "oli", "tirs");
        SourceBand red = inspection.info().bands().get(0);
        assertThat(red.nodata()).isEqualTo("0");
        assertThat(red.scale()).isCloseTo(0.0125, within(1e-15));
        assertThat(red.offset()).isCloseTo(-62.5, within(1e-12));
        assertThat(inspection.info().sources())
                .extracting(SceneInfo.Source::path)
                .containsExactly("scenes/one/product/LC08_B4.TIF", "scenes/one/product/LC08_B5.TIF");
    }

    @Test
    void nodata_that_a_person_wrote_down_is_exact() throws Exception {
        Rasters.make(made, """
                for name in ('a', 'b', 'c', 'd', 'e'):
                    ds = make(name + '.tif', bands=1, type=gdal.GDT_Float32)
                ds = make('f.tif', bands=1, type=gdal.GDT_UInt16)
                ds = None
                """);
        Path files = Files.createDirectories(root.resolve("scenes/one/product"));
        for (String name : List.of("a", "b", "c", "d", "e", "f")) {
            Files.copy(made.resolve(name + ".tif"), files.resolve(name + ".tif"));
        }
        Files.writeString(files.resolve("scene.yaml"), """
                bands:
                  a: { file: a.tif, nodata: .nan }
                  b: { file: b.tif, nodata: -3.4028235e38 }
                  c: { file: c.tif, nodata: -9999.5 }
                  d: { file: d.tif, nodata: 1e20 }
                  e: { file: e.tif, nodata: -.inf }
                  f: { file: f.tif, nodata: 65535.0 }
                """);
        assertThat(inspect(files, Recipes.named("a", "b", "c", "d", "e", "f"))
                        .info()
                        .bands())
                .extracting(SourceBand::nodata)
                .containsExactly("nan", "-3.4028234663852886E38", "-9999.5", "1.0000000200408773E20", "-inf", "65535");
    }

    @Test
    void a_recipe_with_several_lists_of_bands_gets_the_first_that_the_scene_has() throws Exception {
        Rasters.make(made, """
                ds = make('red.tif', bands=1)
                ds = make('nir.tif', bands=1)
                ds = make('both.tif', bands=2)
                ds.GetRasterBand(1).SetDescription('SCL')
                ds.GetRasterBand(2).SetDescription('nir')
                ds = None
                """);
        Path files = new SmallProduct().writeTo(root.resolve("scenes/one/product"));
        Files.copy(made.resolve("red.tif"), files.resolve("LC08_B4.TIF"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(made.resolve("nir.tif"), files.resolve("LC08_B5.TIF"), StandardCopyOption.REPLACE_EXISTING);
        Recipe recipe = Recipes.choosing(List.of(List.of("scl"), List.of("red", "nir"), List.of("nir")));
        assertThat(inspect(files, recipe).bands())
                .extracting(BandSelector::name)
                .containsExactly("red", "nir");
        assertThat(inspect(files, recipe).info().bands()).hasSize(2);
        Path tiff = Files.copy(made.resolve("both.tif"), root.resolve("both.tif"));
        SceneInspector inspector = new SceneInspector(root, new GdalInfoCommand());
        assertThat(inspector.inspectFile(tiff, recipe).bands())
                .extracting(BandSelector::name)
                .containsExactly("scl");
        Recipe other = Recipes.choosing(List.of(List.of("qa_pixel"), List.of("blue", "nir")));
        assertThatThrownBy(() -> inspector.inspectFile(tiff, other))
                .hasMessageContaining("no complete list of bands of qa_pixel; or blue, nir");
        assertThatThrownBy(() -> inspect(files, Recipes.choosing(List.of(List.of("scl"), List.of("clear")))))
                .hasMessageContaining("no complete list of bands of scl; or clear");
    }

    @Test
    void plan_finds_the_coefficients_of_a_product() throws Exception {
        Path product = Files.createDirectory(root.resolve("GF1"));
        Rasters.make(product, """
                ds = make('GF1_PMS2_1-MSS2.tiff', bands=4, width=200, height=100, transform=None, epsg=None)
                ds = None
                """);
        Files.writeString(product.resolve("GF1_PMS2_1-MSS2.xml"), """
                <ProductMetaData><SatelliteID>GF1</SatelliteID><SensorID>PMS2</SensorID><SceneID>812345</SceneID>
                <Bands>1,2,3,4</Bands><CenterTime>2024-05-12 11:23:45</CenterTime></ProductMetaData>
                """);
        String series = "(0, 1" + ", 0".repeat(18) + ");\n";
        Files.writeString(
                product.resolve("GF1_PMS2_1-MSS2.rpb"),
                "satId = \"XXX\";\nlineOffset = 49.5;\nsampOffset = 99.5;\nlatOffset = 34.8;\nlongOffset = 113.6;\n"
                        + "heightOffset = 110;\nlineScale = 50;\nsampScale = 100;\nlatScale = 0.0025;\n"
                        + "longScale = 0.005;\nheightScale = 500;\n"
                        + "sampNumCoef = " + series + "lineNumCoef = " + series.replace("(0, 1, 0", "(0, 0, -1")
                        + "sampDenCoef = " + series.replace("(0, 1", "(1, 0")
                        + "lineDenCoef = " + series.replace("(0, 1", "(1, 0"));
        Recipe recipe = Recipes.onMap("red", "nir");
        SceneInspector inspector = new SceneInspector(Path.of("/"), new GdalInfoCommand());
        SceneInfo info = new ScenePreview(new Storage(root, "/storage"), Clock.systemUTC())
                .read(product.toRealPath(), Roots.of(Path.of("/")), recipe, file -> inspector.inspectFile(file, recipe))
                .info();
        assertThat(info.rectification().method()).isEqualTo("RPC");
        assertThat(info.rectification().map().epsg()).isEqualTo(32649);
    }

    private Inspection inspect(Path files) throws IOException {
        return inspect(files, Recipes.named("red", "nir"));
    }

    private Inspection inspect(Path files, Recipe recipe) throws IOException {
        Product product = SceneFormats.recognise(files).orElseThrow();
        Files.writeString(
                files.resolveSibling("item.json"),
                product.item(recipe.bands(), "./product/").toString());
        return new SceneInspector(root, new GdalInfoCommand()).inspect(files.getParent(), recipe);
    }
}
