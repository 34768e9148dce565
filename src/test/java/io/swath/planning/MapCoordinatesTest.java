package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Recipe;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import io.swath.untrusted.raster.Georeference;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("resources")
class MapCoordinatesTest {
    @TempDir
    static Path root;

    /** Each scene has 64 x 48 pixels. */
    @BeforeAll
    static void make() throws Exception {
        Rasters.make(root, """
                def scene(name, epsg, *transform, text=None):
                    ds = make(name + '.tif', ['red'], transform=transform, epsg=epsg)
                    if text:
                        srs = osr.SpatialReference(); srs.SetFromUserInput(text); ds.SetProjection(srs.ExportToWkt())
                    return ds
                scene('metres-as-wgs84', 4326, 600000, 10, 0, 5000000, 0, -10)
                scene('metres-as-etrs89', 4258, 600000, 10, 0, 5000000, 0, -10)
                scene('beyond-pole', 4326, 10, 0.1, 0, 90.2, 0, -0.1)
                scene('beyond-360', 4326, 358, 0.1, 0, 10, 0, -0.1)
                scene('utm-far-east', 32633, 1e9, 10, 0, 5000000, 0, -10)
                scene('utm-far-north', 32633, 500000, 10, 0, 50000000, 0, -10)
                scene('mercator-far', 3857, 1e9, 10, 0, 5000000, 0, -10)
                scene('degrees-as-utm', 32633, 15, 0.0001, 0, 47.85, 0, -0.0001)
                scene('coarse-degrees-as-utm', 32633, 15, 0.1, 0, 47.85, 0, -0.1)
                scene('degrees-as-mercator', 3857, 15, 0.0001, 0, 47.85, 0, -0.0001)
                scene('pixels-as-utm', 32633, 0, 1, 0, 0, 0, -1)
                scene('pixels-from-below', 32633, 0, 1, 0, 48, 0, -1)
                scene('pixel-centres', 4326, -0.5, 1, 0, 0.5, 0, -1)
                ds = scene('pixels-with-rpc', 32633, 0, 1, 0, 0, 0, -1)
                zeros = ' 0' * 16
                ds.SetMetadata(dict(LINE_OFF='24', SAMP_OFF='32', LAT_OFF='34.8', LONG_OFF='113.6', HEIGHT_OFF='110', LINE_SCALE='24', SAMP_SCALE='32',
                    LAT_SCALE='0.0012', LONG_SCALE='0.0016', HEIGHT_SCALE='500', LINE_NUM_COEFF='0 0 -1 0' + zeros, LINE_DEN_COEFF='1 0 0 0' + zeros,
                    SAMP_NUM_COEFF='0 1 0 0' + zeros, SAMP_DEN_COEFF='1 0 0 0' + zeros), 'RPC')

                scene('utm', 32633, 500000, 10, 0, 5300000, 0, -10)
                scene('utm-beside-its-zone', 32633, -200000, 10, 0, 7000000, 0, -10)
                scene('globe', 4326, -180, 360 / 64, 0, 90, 0, -180 / 48)
                scene('globe-from-0', 4326, 0, 360 / 64, 0, 90, 0, -180 / 48)
                scene('centres-on-poles', 4326, -180, 360 / 64, 0, 90 + 90 / 47, 0, -180 / 47)
                scene('antimeridian', 4326, 170, 20 / 64, 0, 10, 0, -0.1)
                scene('antimeridian-west', 4326, -190, 20 / 64, 0, 10, 0, -0.1)
                scene('mercator-beyond-180', 3857, 22000000, 100, 0, 0, 0, -100)
                scene('zone-before-easting', 4525, 37500000, 10, 0, 4000000, 0, -10)
                scene('grads', 4807, 0, 0.01, 0, 99, 0, -0.01)
                scene('feet', 2263, 980000, 5, 0, 200000, 0, -5)
                scene('polar', 3413, -100, 3, 0, 80, 0, -3)
                scene('turned', 32633, 500000, 8, 3, 5000000, 3, -8)
                scene('south-up', 32633, 500000, 10, 0, 5000000, 0, 10)
                scene('full-disc', None, -5570000, 11140000 / 64, 0, 5570000, 0, -11140000 / 48, text='+proj=geos +h=35785831 +lon_0=0 +datum=WGS84')
                scene('moon', None, 10, 0.1, 0, 20, 0, -0.1, text='+proj=longlat +R=1737400')
                scene('moon-metres', None, -30000000, 10, 0, 20000, 0, -10, text='+proj=eqc +R=1737400')
                scene('own-origin', None, 0, 0.005, 0, 0, 0, -0.005, text='+proj=tmerc +lat_0=48 +lon_0=11 +datum=WGS84')
                ds = None
                """);
    }

    private static SceneInfo inspect(String name, Recipe recipe) {
        return new SceneInspector(root, new GdalInfoCommand())
                .inspectFile(root.resolve(name + ".tif"), recipe)
                .info();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            metres-as-wgs84 | WGS 84, has degrees, and its coordinates are no degrees (x from 600000 to 600640, y from 4999520 to 5000000)
            metres-as-etrs89 | ETRS89, has degrees, and its coordinates are no degrees
            beyond-pole | no degrees (x from 10 to 16.4, y from 85.4 to 90.2)
            beyond-360 | no degrees
            utm-far-east | WGS 84 / UTM zone 33N, has no such place on the earth (x from 1000000000 to 1000000640,
            utm-far-north | no such place on the earth
            mercator-far | no such place on the earth
            degrees-as-utm | has no degrees, and its coordinates look like degrees
            coarse-degrees-as-utm | look like degrees
            degrees-as-mercator | look like degrees
            pixels-as-utm | are the numbers of its pixels (x from 0 to 64, y from -48 to 0)
            pixels-from-below | are the numbers of its pixels (x from 0 to 64, y from 0 to 48)
            pixel-centres | are the numbers of its pixels
            """)
    void coordinates_that_cannot_be_on_a_map_are_no_place(String name, String reason) {
        assertThatThrownBy(() -> inspect(name, Recipes.onMap("red")))
                .isInstanceOfSatisfying(BadSceneException.class, bad -> {
                    assertThat(bad.rule()).isEqualTo("scene-is-on-a-map");
                    assertThat(bad.what()).contains(reason).endsWith("and the recipe test needs a map");
                });
    }

    @Test
    void a_recipe_that_needs_no_map_gets_such_a_scene_without_a_place() {
        Georeference place = inspect("metres-as-wgs84", Recipes.named("red")).georeference();
        assertThat(place.kind()).isEqualTo(Georeference.Kind.NONE);
        assertThat(place.wkt()).isEmpty();
        assertThat(place.footprint()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "utm",
                "utm-beside-its-zone",
                "globe",
                "globe-from-0",
                "centres-on-poles",
                "antimeridian",
                "antimeridian-west",
                "mercator-beyond-180",
                "zone-before-easting",
                "grads",
                "feet",
                "polar",
                "turned",
                "south-up",
                "full-disc",
                "moon",
                "moon-metres",
                "own-origin"
            })
    void odd_places_on_a_map_are_kept(String name) {
        Georeference place = inspect(name, Recipes.onMap("red")).georeference();
        assertThat(place.geoTransform()).hasSize(6);
        assertThat(place.wkt()).isNotEmpty();
    }

    @Test
    void coefficients_count_where_the_coordinates_cannot() {
        assertThat(inspect("pixels-with-rpc", Recipes.onMap("red"))
                        .rectification()
                        .map()
                        .epsg())
                .isEqualTo(32649);
    }
}
