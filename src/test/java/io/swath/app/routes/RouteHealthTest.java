package io.swath.app.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Test;

class RouteHealthTest {
    @Test
    void a_stage_that_is_stuck_is_reported_until_it_ends() throws Exception {
        CountDownLatch storage = new CountDownLatch(1);
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            camel.getInflightRepository().setInflightBrowseEnabled(true);
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("seda:in").routeId("planning").process(exchange -> storage.await());
                }
            });
            camel.start();
            camel.createProducerTemplate().sendBody("seda:in", "a scene");
            await().untilAsserted(() -> assertThat(RouteHealth.stalled(camel, Duration.ofMillis(50)))
                    .hasEntrySatisfying(
                            "stage planning", what -> assertThat(what).contains("of route planning")));
            assertThat(RouteHealth.stalled(camel, Duration.ofHours(1))).isEmpty();
            storage.countDown();
            await().untilAsserted(() -> assertThat(RouteHealth.stalled(camel, Duration.ofMillis(50)))
                    .isEmpty());
        }
    }
}
