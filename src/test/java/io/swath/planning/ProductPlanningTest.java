package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.swath.formats.Product;
import io.swath.formats.SceneFormats;
import io.swath.planning.SceneInfo.SourceBand;
import io.swath.testing.SmallProduct;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

    private Inspection inspect(Path files) throws IOException {
        var recipe = Recipes.named("red", "nir");
        Product product = SceneFormats.recognise(files).orElseThrow();
        Files.writeString(
                files.resolveSibling("item.json"),
                product.item(recipe.bands(), "./product/").toString());
        return new SceneInspector(root, new GdalInfoCommand()).inspect(files.getParent(), recipe);
    }
}
