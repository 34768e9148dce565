package io.swath.formats;

import static io.swath.formats.ProductFiles.TIFF;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.untrusted.stac.ItemReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Metadata that nobody's producer made. */
@Timeout(60)
class HostileMetadataTest {
    private static final String LANDSAT = """
            GROUP = L1_METADATA_FILE
              GROUP = PRODUCT_METADATA
                SPACECRAFT_ID = "LANDSAT_8"
                LANDSAT_PRODUCT_ID = "LC08"
                FILE_NAME_BAND_4 = "%s"
              END_GROUP = PRODUCT_METADATA
              GROUP = RADIOMETRIC_RESCALING
                REFLECTANCE_MULT_BAND_4 = 2.0000E-05
                REFLECTANCE_ADD_BAND_4 = -0.100000
              END_GROUP = RADIOMETRIC_RESCALING
              GROUP = IMAGE_ATTRIBUTES
                SUN_ELEVATION = 30.0
              END_GROUP = IMAGE_ATTRIBUTES
            END_GROUP = L1_METADATA_FILE
            """;
    private static final String PLANET = """
            <EarthObservation><EarthObservationMetaData><identifier>%s</identifier></EarthObservationMetaData>
            <Platform><shortName>PlanetScope</shortName></Platform>
            <cloudCoverPercentage>%s</cloudCoverPercentage>
            <ProductInformation><fileName>%s</fileName></ProductInformation>
            <bandSpecificMetadata><bandNumber>1</bandNumber><reflectanceCoefficient>1e-5</reflectanceCoefficient>
            </bandSpecificMetadata>
            <bandSpecificMetadata><bandNumber>2</bandNumber><reflectanceCoefficient>1e-5</reflectanceCoefficient>
            </bandSpecificMetadata>
            <bandSpecificMetadata><bandNumber>3</bandNumber><reflectanceCoefficient>1e-5</reflectanceCoefficient>
            </bandSpecificMetadata>
            <bandSpecificMetadata><bandNumber>4</bandNumber><reflectanceCoefficient>1e-5</reflectanceCoefficient>
            </bandSpecificMetadata></EarthObservation>
            """;
    private static final String SAFE = """
            <XFDU version="esa/safe/sentinel-1.0/sentinel-%d/"><productType>GRD</productType>
            <byteStream><fileLocation href="%s"/></byteStream></XFDU>
            """;
    private static final String DIMAP = """
            <Dimap_Document><Raster_Data><Data_Files><DATA_FILE_PATH href="%s"/></Data_Files></Raster_Data>
            <BAND_ID>B0</BAND_ID></Dimap_Document>
            """;
    private static final String VOLUME =
            "<Dimap_Document><Component><COMPONENT_PATH href=\"%s/DIM\"/></Component></Dimap_Document>";
    private static final String SENTINEL_2 = """
            <Level-1C_User_Product><Granule granuleIdentifier="%s"><IMAGE_FILE>%s_B04</IMAGE_FILE></Granule>
            <QUANTIFICATION_VALUE>10000</QUANTIFICATION_VALUE></Level-1C_User_Product>
            """;

    @TempDir
    Path folder;

    private ProductFiles product;

    @BeforeEach
    void start() {
        product = new ProductFiles(folder);
    }

    /** Names of no file below the product's folder, as each kind of metadata lists them. */
    static Stream<Arguments> metadata() {
        String tooLong = "n".repeat(256) + ".tif";
        Stream<Arguments> paths = Stream.of("/", "/etc/x.tif", "../../x.tif", tooLong)
                .flatMap(name -> Stream.of(
                        Arguments.of("scene.yaml", "bands: { red: \"" + name + "\" }"),
                        Arguments.of("manifest.safe", SAFE.formatted(1, name)),
                        Arguments.of("manifest.safe", SAFE.formatted(2, name)),
                        Arguments.of("DIM.XML", DIMAP.formatted(name)),
                        Arguments.of("VOL.XML", VOLUME.formatted(name)),
                        Arguments.of("MTD.xml", SENTINEL_2.formatted("g", name))));
        Stream<Arguments> names = Stream.of("/", "a/", "..", tooLong)
                .flatMap(name -> Stream.of(
                        Arguments.of("LC08_MTL.txt", LANDSAT.formatted(name)),
                        Arguments.of("scene.xml", PLANET.formatted("s", "0.1", name))));
        Stream<Arguments> noPaths = Stream.of(
                Arguments.of("LC08_MTL.txt", LANDSAT.formatted("a\0b.tif")),
                Arguments.of("LC08_MTL.txt", LANDSAT.formatted("a\u0001b.tif")),
                Arguments.of("scene.yaml", "bands: { red: \"a\\0b.tif\" }"),
                Arguments.of("scene.yaml", "bands: { red: \"a\\uD800b.tif\" }"),
                Arguments.of("scene.yaml", "bands: { red: \"..\" }"));
        return Stream.of(paths, names, noPaths).flatMap(each -> each);
    }

    @ParameterizedTest
    @MethodSource("metadata")
    void a_listed_name_that_is_no_file_below_the_product_is_rejected(String file, String content) throws IOException {
        product.file(file, content);
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(file)
                .hasMessageNotContaining("\u0001");
    }

    @Test
    void texts_of_megabytes_are_read_at_once() throws IOException {
        product.file("LC08_MTL.txt", LANDSAT.formatted("_BA".repeat(300_000)));
        assertThatThrownBy(product::read).isInstanceOf(FormatException.class);
        product.delete("LC08_MTL.txt");
        product.file("scene.xml", PLANET.formatted("x" + "_3B".repeat(1_000_000) + "\nend", "0.1", "scene.tif"))
                .file("scene.tif", TIFF);
        assertThat(product.read().name()).isEqualTo("x");
    }

    @Test
    void a_number_with_a_huge_exponent_is_no_long_text() throws IOException {
        product.file("scene.xml", PLANET.formatted("x", "1e-999999999", "scene.tif"))
                .file("scene.tif", TIFF);
        assertThat(product.item("red").path("properties").path("eo:cloud_cover").asDouble())
                .isEqualTo(0);
    }

    private void linked(String name, String content, int copies) throws IOException {
        product.file("0" + name, content);
        for (int copy = 1; copy < copies; copy++) {
            Files.createLink(folder.resolve(copy + name), folder.resolve("0" + name));
        }
    }

    @Test
    void metadata_are_bounded_together() throws IOException {
        linked("DIM.XML", "<Dimap_Document>" + "x".repeat(15 << 20) + "</Dimap_Document>", 5);
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("more than 64 MiB together");
    }

    @Test
    void elements_of_metadata_are_bounded_together() throws IOException {
        linked("DIM.XML", "<Dimap_Document>" + "<a b=''/>".repeat(140_000) + "</Dimap_Document>", 2);
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("1DIM.XML: there are more than 500000 elements and attributes");
    }

    @Test
    void files_in_json_are_bounded_together() throws IOException {
        linked("x.json", "{\"a\": \"" + "x".repeat(1_000_000) + "\"}", 70);
        assertThatThrownBy(product::read)
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("more than 64 MiB together");
    }

    @Test
    void a_large_json_beside_a_product_is_no_metadata_of_it() throws IOException {
        product.file("scene.xml", PLANET.formatted("x", "0.1", "scene.tif"))
                .file("scene.tif", TIFF)
                .file("fields.json", "{\"a\": \"" + "x".repeat(5 << 20) + "\"}");
        assertThat(product.missing("red")).isEmpty();
    }

    @Test
    void a_product_of_more_files_or_bands_than_an_item_has_is_rejected_at_once() throws IOException {
        StringBuilder bands = new StringBuilder("bands:\n");
        for (int band = 1; band <= 1000; band++) {
            bands.append("  b" + band + ": x.tif\n");
        }
        product.file("x.tif", TIFF).file("scene.yaml", bands.toString());
        assertThatThrownBy(product::read).isInstanceOf(FormatException.class).hasMessageContaining("more than 999");
        product.file("scene.yaml", bands.toString().replace("  b1: x.tif\n", ""));
        assertThat(ItemReader.read(product.item("b2").toString().getBytes(StandardCharsets.UTF_8))
                        .assets())
                .hasSize(1000);
        product.delete("scene.yaml");

        StringBuilder many = new StringBuilder();
        for (int band = 1; band <= 30_000; band++) {
            many.append("<BAND_ID>band-" + band + "</BAND_ID>");
        }
        product.file("DIM.XML", DIMAP.formatted("x.tif").replace("<BAND_ID>B0</BAND_ID>", many));
        assertThatThrownBy(product::read).isInstanceOf(FormatException.class).hasMessageContaining("too many");
    }
}
