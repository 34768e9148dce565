package io.swath.app.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.swath.app.settings.Settings;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Route;
import org.apache.camel.main.Main;
import org.apache.camel.support.RouteWatcherReloadStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteReloadTest {
    private static final String ROUTE = """
            - route:
                id: %s
                description: %s
                from:
                  uri: direct:%s
                  steps:
                    - log:
                        message: "%s"
            """;

    @TempDir
    private Path home;

    private Main camel;

    @BeforeEach
    void install() throws IOException {
        Files.createDirectories(home.resolve("routes"));
        Files.createDirectories(home.resolve("config"));
        Files.writeString(home.resolve("config/application.properties"), "");
        write("changing", "before");
        write("other", "before");
    }

    private void write(String route, String text) throws IOException {
        Files.writeString(home.resolve("routes/" + route + ".camel.yaml"), ROUTE.formatted(route, text, route, text));
    }

    private void start(String dev) {
        Settings settings = Settings.load(home, Optional.empty(), Map.of(), Map.of("dev", dev));
        camel = Routes.prepare(settings, new Storage(home.resolve("storage"), ""), "*.camel.yaml");
        camel.start();
    }

    @AfterEach
    void stop() {
        if (camel != null) { // else start() has failed
            camel.stop();
        }
    }

    private String description(String route) {
        return camel.getCamelContext().getRoute(route).getDescription();
    }

    @Test
    void with_dev_a_route_file_that_changes_is_loaded_again_and_the_other_routes_keep_running() throws Exception {
        start("true");
        Route other = camel.getCamelContext().getRoute("other");
        assertThat(description("changing")).isEqualTo("before");
        write("changing", "after");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> camel.getCamelContext().getRoute("changing") != null
                        && description("changing").equals("after"));
        assertThat(camel.getCamelContext().getRoute("other")).isSameAs(other);
    }

    @Test
    void without_dev_no_file_is_watched() throws Exception {
        start("false");
        assertThat(camel.getCamelContext().hasService(RouteWatcherReloadStrategy.class))
                .isNull();
        assertThat(description("changing")).isEqualTo("before");
    }
}
