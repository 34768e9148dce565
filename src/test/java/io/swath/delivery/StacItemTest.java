package io.swath.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StacItemTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Of "pixels", as sha256sum gives it. */
    private static final String SHA_256 = "6ec9c2b0eb14010746c8bce8939303b382344b296206612eb8a907a37b2b2f37";

    /** Every schema comes from the class path: the network is never asked. */
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(
            SpecVersion.VersionFlag.V7,
            builder -> builder.schemaMappers(mappers -> mappers.mapPrefix(
                            "https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/", "classpath:stac/")
                    .mapPrefix("https://geojson.org/schema/", "classpath:stac/")));

    @TempDir
    private Path folder;

    private Scene scene;

    private static Scene with(String plan) {
        Instant now = Instant.parse("2026-11-23T12:00:00Z");
        return new Scene(
                "S-1",
                "ndvi",
                "c029",
                new Scene.Arrival("scene one.tif", "e721", Origin.FOLDER, Priority.NORMAL, now),
                new Scene.Status(SceneState.ASSEMBLING, "", false, false, now),
                new Scene.Plan(100, 80, 4, 2, plan),
                1,
                0);
    }

    @BeforeEach
    void products() throws Exception {
        scene = with("{\"raster\":\"scenes/S-1/S-1.tif\",\"datetime\":\"2026-06-21T10:05:31Z\"}");
        Files.writeString(folder.resolve("S-1_ndvi.tif"), "pixels");
        Files.writeString(folder.resolve("preview.png"), "picture");
        Files.writeString(folder.resolve("runs.csv"), "runs");
    }

    private static ObjectNode facts() throws Exception {
        return (ObjectNode) JSON.readTree(
                "{'epsg':32633,'transform':[10,0,399960,0,-10,5400000,0,0,1],'shape':[80,100],".replace('\'', '"')
                        + ("'bbox':[13.6,48.3,14.2,48.7],'geometry':{'type':'Polygon','coordinates':[[[13.6,48.3],[14.2,48.3],"
                                        + "[14.2,48.7],[13.6,48.7],[13.6,48.3]]]},'empty':1,"
                                        + "'bands':[{'name':'ndvi','data_type':'Int16','nodata':-32768,'scale':0.0001,'offset':0,"
                                        + "'statistics':{'minimum':-1,'maximum':2,'mean':0.5,'stddev':0.1,'valid_percent':70}}],"
                                        + "'software':{'gdal':'3.6.2'}}")
                                .replace('\'', '"'));
    }

    private static Set<ValidationMessage> faults(JsonNode item) {
        JsonSchema core = SCHEMAS.getSchema(
                SchemaLocation.of("https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/item.json"));
        JsonSchema extensions = SCHEMAS.getSchema(SchemaLocation.of("classpath:stac/extensions.json"));
        Set<ValidationMessage> faults = new LinkedHashSet<>(core.validate(item));
        faults.addAll(extensions.validate(item));
        return faults;
    }

    @Test
    void an_item_is_valid_by_the_schemas_of_stac_and_its_extensions() throws Exception {
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        assertThat(faults(item)).isEmpty();
        assertThat(item.at("/assets/data/file:checksum").asText())
                .as("the multihash of the product")
                .isEqualTo("1220" + SHA_256);
        assertThat(item.at("/assets/preview/file:checksum").asText())
                .as("the multihash of 'picture', as sha256sum gives it")
                .isEqualTo("12202cea274d0bedc39ec4ab6ba9e59ec889e3ed6fb56a1cf088a64d9b383378dc97");
        assertThat(item.at("/properties/proj:code").asText()).isEqualTo("EPSG:32633");
        assertThat(item.at("/properties/datetime").asText()).isEqualTo("2026-06-21T10:05:31Z");
        assertThat(item.at("/assets/data/bands/0/raster:scale").asDouble()).isEqualTo(0.0001);
    }

    @Test
    void a_map_of_classes_has_its_classes_and_polygons_and_what_made_it() throws Exception {
        Files.writeString(folder.resolve("polygons.gpkg"), "polygons");
        ObjectNode facts = facts();
        ((ObjectNode) facts.at("/bands/0"))
                .set(
                        "classes",
                        JSON.readTree("[{\"value\":0,\"name\":\"water\",\"color\":\"419bdf\"},"
                                + "{\"value\":3,\"name\":\"林地\",\"color\":\"url(x)\"}]"));
        ((ObjectNode) facts.at("/software")).put("opencv dnn CPU", "4.6.0");
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts), folder, SHA_256);
        assertThat(faults(item)).isEmpty();
        assertThat(item.at("/assets/data/bands/0/classification:classes"))
                .isEqualTo(JSON.readTree(
                        "[{\"value\":0,\"name\":\"water\",\"description\":\"water\",\"color_hint\":\"419bdf\"},"
                                + "{\"value\":3,\"name\":\"class-3\",\"description\":\"林地\"}]"));
        assertThat(item.at("/stac_extensions").toString()).contains("/classification/v2.0.0/");
        assertThat(item.at("/assets/polygons/href").asText()).isEqualTo("./polygons.gpkg");
        assertThat(item.at("/assets/polygons/file:size").asInt()).isEqualTo(8);
        assertThat(item.at("/properties/processing:software/opencv dnn CPU").asText())
                .isEqualTo("4.6.0");
    }

    @Test
    void the_product_is_not_read_again_for_its_checksum() throws Exception {
        Path product = folder.resolve("S-1_ndvi.tif");
        Files.delete(product);
        Files.createDirectory(product); // so that it cannot be read
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        assertThat(item.at("/assets/data/file:checksum").asText()).isEqualTo("1220" + SHA_256);
    }

    @Test
    void a_scene_without_georeference_and_valid_pixels_has_a_valid_item() throws Exception {
        ObjectNode facts = facts();
        facts.putNull("epsg");
        facts.putNull("transform");
        facts.putNull("bbox");
        facts.putNull("geometry");
        ((ObjectNode) facts.at("/bands/0")).putObject("statistics").put("valid_percent", 0);
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts), folder, SHA_256);
        assertThat(faults(item)).isEmpty();
        assertThat(item.get("geometry").isNull()).isTrue();
        assertThat(item.at("/properties/datetime").asText()).isEqualTo("2026-06-21T10:05:31Z");
    }

    private ObjectNode of(String plan) throws Exception {
        scene = with(plan);
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        assertThat(faults(item)).isEmpty();
        return item;
    }

    @Test
    void an_interval_stays_an_interval_and_how_the_scene_was_taken_goes_along() throws Exception {
        ObjectNode item = of("""
                {"raster": "scenes/S-1/item.json", "datetime": "2025-06-01T00:00:00Z", "datetimeFrom": "INTERVAL",
                 "acquisition": {"start_datetime": "2025-06-01T00:00:00Z", "end_datetime": "2025-06-30T23:59:59Z",
                   "platform": "sentinel-2a", "instruments": ["msi"], "constellation": "sentinel-2", "gsd": 10.0,
                   "eo:cloud_cover": 12.5, "view:off_nadir": 3.0, "view:sun_elevation": 41.0, "view:sun_azimuth": 160.0}}
                """);
        assertThat(item.at("/properties/datetime").isNull()).isTrue();
        assertThat(item.at("/properties/start_datetime").asText()).isEqualTo("2025-06-01T00:00:00Z");
        assertThat(item.at("/properties/end_datetime").asText()).isEqualTo("2025-06-30T23:59:59Z");
        assertThat(item.at("/properties/instruments/0").asText()).isEqualTo("msi");
        assertThat(item.at("/properties/eo:cloud_cover").asDouble()).isEqualTo(12.5);
        assertThat(item.at("/stac_extensions").toString()).contains("/eo/v2.0.0/", "/view/v1.0.0/");
        assertThat(item.at("/properties").has("swath:datetime_source")).isFalse();
    }

    @Test
    void a_scene_that_was_put_onto_a_map_says_how_and_at_which_heights() throws Exception {
        ObjectNode flat = of("""
                {"raster": "a.tif", "rectification": {"method": "RPC", "heightMetres": 110.0, "resampling": "CUBIC",
                 "terrain": {"path": "", "geoid": ""}}}""");
        assertThat(flat.at("/properties/swath:rectified/by").asText()).isEqualTo("rpc");
        assertThat(flat.at("/properties/swath:rectified/height").asText())
                .isEqualTo("constant 110.0 m above the ellipsoid (RPC)");
        assertThat(flat.at("/properties/processing:lineage").asText())
                .contains("put onto a map by rpc, height constant 110");
        ObjectNode terrain = of("""
                {"raster": "a.tif", "rectification": {"method": "RPC", "heightMetres": 110.0, "resampling": "CUBIC",
                 "terrain": {"path": "dem/a.vrt", "geoid": "dem/g.gtx"}}}""");
        assertThat(terrain.at("/properties/swath:rectified/height").asText())
                .isEqualTo("dem dem/a.vrt above geoid dem/g.gtx");
        assertThat(of("{\"raster\": \"a.tif\"}").at("/properties").has("swath:rectified"))
                .isFalse();
    }

    @Test
    void bands_of_whole_numbers_without_a_scale_are_marked() throws Exception {
        ObjectNode item = of("""
                {"raster": "a.tif", "bands": [
                  {"name": "red", "type": "UInt16", "scale": 1.0, "offset": 0.0},
                  {"name": "nir", "type": "UInt16", "scale": 0.0001, "offset": 0.0},
                  {"name": "swir16", "type": "Int16", "scale": 1.0, "offset": -0.1},
                  {"name": "lwir", "type": "Float32", "scale": 1.0, "offset": 0.0}]}""");
        assertThat(item.at("/properties/swath:bands").toString()).isEqualTo("[\"red\",\"nir\",\"swir16\",\"lwir\"]");
        assertThat(item.at("/properties/swath:unscaled_bands").toString()).isEqualTo("[\"red\"]");
        assertThat(of("{\"raster\": \"a.tif\"}").at("/properties").has("swath:unscaled_bands"))
                .isFalse();
    }

    @Test
    void a_time_that_is_not_the_scenes_is_marked() throws Exception {
        ObjectNode item =
                of("{\"raster\": \"a.tif\", \"datetime\": \"2026-06-21T10:05:31Z\", \"datetimeFrom\": \"FILE\"}");
        assertThat(item.at("/properties/datetime").asText()).isEqualTo("2026-06-21T10:05:31Z");
        assertThat(item.at("/properties/swath:datetime_source").asText()).isEqualTo("file");
        item = of("{\"raster\": \"a.tif\", \"datetime\": \"\", \"datetimeFrom\": \"NONE\"}");
        assertThat(item.at("/properties/datetime").asText()).isEqualTo("2026-11-23T12:00:00Z");
        assertThat(item.at("/properties/swath:datetime_source").asText()).isEqualTo("acceptance");
        assertThat(item.at("/stac_extensions").toString()).doesNotContain("/eo/", "/view/");
    }

    @Test
    void more_than_a_few_pixels_outside_an_indexs_range_are_in_the_item() throws Exception {
        for (double part : new double[] {0.005, 0.0712}) {
            ObjectNode facts = facts();
            facts.putObject("outside_range").put("pixels", part * 10_000).put("valid", 10_000);
            ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts), folder, SHA_256);
            assertThat(item.at("/properties/swath:outside_range_percent").asDouble())
                    .isEqualTo(part > 0.01 ? 7.12 : 0);
            assertThat(faults(item)).isEmpty();
        }
    }

    @Test
    void the_item_links_the_scene_as_derived_from_when_the_scene_is_an_item() throws Exception {
        assertThat(new StacItem(JSON, "0.1.0")
                        .of(scene, ProductFacts.of(facts()), folder, SHA_256)
                        .at("/links/0"))
                .isEqualTo(JSON.readTree("""
                        {"rel": "via", "href": "../../../scenes/S-1/S-1.tif", "title": "scene one.tif"}
                        """));
        scene = with("{\"raster\":\"scenes/S-1/item.json\",\"datetime\":\"2026-06-21T10:05:31Z\"}");
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        assertThat(item.at("/links/0/rel").asText()).isEqualTo("derived_from");
        assertThat(item.at("/links/0/href").asText()).isEqualTo("../../../scenes/S-1/item.json");
        assertThat(faults(item)).isEmpty();
    }

    @Test
    void the_schemas_reject_damaged_items() throws Exception {
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        ((ObjectNode) item.get("properties")).remove("datetime");
        assertThat(faults(item)).isNotEmpty();
        ObjectNode other = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        ((ObjectNode) other.at("/assets/data")).put("file:checksum", "abc");
        assertThat(faults(other)).isNotEmpty();
        ObjectNode third = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        ((ObjectNode) third.get("geometry")).put("type", "Blob");
        assertThat(faults(third)).isNotEmpty();
    }

    @Test
    void an_item_has_its_version_and_is_marked_when_it_is_replaced() throws Exception {
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        ItemVersion.add(item, 2, Optional.of("../ndvi.v1/item.json"));
        assertThat(faults(item)).isEmpty();
        assertThat(ItemVersion.of(item)).isEqualTo(2);
        assertThat(ItemVersion.removePredecessor(item)).isTrue();
        assertThat(ItemVersion.removePredecessor(item)).isFalse();
        assertThat(item.path("links")).as("the link to the scene stays").hasSize(1);

        ObjectNode old = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        assertThat(ItemVersion.of(old)).as("an early Swath wrote no versions").isEqualTo(1);
        assertThat(ItemVersion.markReplaced(old, "../ndvi/item.json")).isTrue();
        assertThat(ItemVersion.markReplaced(old, "../ndvi/item.json")).isFalse();
        assertThat(faults(old)).isEmpty();
        assertThat(old.at("/properties/version").asText()).isEqualTo("1");
    }

    @Test
    void a_mosaic_lists_its_parts_and_links_to_each() throws Exception {
        scene = with("""
                {"raster":"scenes/S-1/item.json","datetime":"2026-06-21T10:05:31Z","datetimeFrom":"INTERVAL","acquisition":{
                "start_datetime":"2026-06-21T10:05:31Z","end_datetime":"2026-06-21T10:05:55Z","swath:parts":[
                {"id":"one","path":"scenes/S-1/product/one.tif","platform":"landsat-8"},
                {"id":"two","path":"scenes/S-1/product/pass 1#2+东 50%.SAFE"}]},"bands":[
                {"name":"","type":"UInt16"},{"name":"","type":"UInt16","scale":0.1},{"name":"nir","type":"UInt16"},
                {"name":"","type":"UInt16"},{"name":"","type":"UInt16","scale":0.1},{"name":"nir","type":"Float32"}]}""");
        JsonNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts()), folder, SHA_256);
        assertThat(faults(item)).isEmpty();
        assertThat(item.path("properties").path("datetime").isNull()).isTrue();
        assertThat(item.path("properties").path("end_datetime").asText()).isEqualTo("2026-06-21T10:05:55Z");
        assertThat(item.path("properties")
                        .path("swath:parts")
                        .path(0)
                        .path("platform")
                        .asText())
                .isEqualTo("landsat-8");
        assertThat(item.path("links").findValuesAsText("rel"))
                .containsOnly("derived_from")
                .hasSize(3);
        assertThat(item.path("links").findValuesAsText("href"))
                .contains(
                        "../../../scenes/S-1/product/one.tif",
                        "../../../scenes/S-1/product/pass%201%232%2B%E4%B8%9C%2050%25.SAFE");
        assertThat(item.at("/properties/swath:bands").toString()).isEqualTo("[\"\",\"\",\"nir\"]");
        assertThat(item.at("/properties/swath:unscaled_bands").toString()).isEqualTo("[\"\",\"nir\"]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Byte", "UInt16", "Int16", "UInt32", "Int32", "Float32", "Float64", "Int8", "CFloat32"})
    void every_pixel_type_has_a_name_that_stac_allows(String type) throws Exception {
        ObjectNode facts = facts();
        ((ObjectNode) facts.at("/bands/0")).put("data_type", type);
        assertThat(faults(new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts), folder, SHA_256)))
                .isEmpty();
    }

    @Test
    void a_job_cannot_say_that_another_swath_or_recipe_made_its_product() throws Exception {
        ObjectNode facts = facts();
        ((ObjectNode) facts.get("software")).put("swath", "9.9").put("recipe ndvi", "forged");
        ObjectNode item = new StacItem(JSON, "0.1.0").of(scene, ProductFacts.of(facts), folder, SHA_256);
        assertThat(item.at("/properties/processing:software"))
                .isEqualTo(JSON.readTree("{\"gdal\":\"3.6.2\",\"swath\":\"0.1.0\",\"recipe ndvi\":\"c029\"}"));
    }
}
