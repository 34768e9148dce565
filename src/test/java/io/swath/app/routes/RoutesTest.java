package io.swath.app.routes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.swath.app.CommandRecorder;
import io.swath.arrival.folder.InboxArrival;
import io.swath.arrival.night.NightReport;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.arrival.station.Pickup;
import io.swath.arrival.station.RejectedTidy;
import io.swath.control.Control;
import io.swath.delivery.Delivery;
import io.swath.delivery.Messages;
import io.swath.delivery.Messages.Message;
import io.swath.model.Rejection;
import io.swath.planning.Planning;
import io.swath.retention.Retention;
import io.swath.submission.Submission;
import io.swath.tracking.Tracking;
import io.swath.waiting.WaitingWatch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.Expression;
import org.apache.camel.Predicate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Finds typing errors in the route files, which Camel finds only when it loads a route or when a message comes through it. */
class RoutesTest {
    private static final Path FOLDER = Path.of("routes");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private static final JsonSchema SCHEMA = schema();

    /** The beans that the pipeline binds, by the name that the routes use. */
    private static final Map<String, Class<?>> BEANS = Map.ofEntries(
            Map.entry("arrival", InboxArrival.class),
            Map.entry("retention", Retention.class),
            Map.entry("jmsReceiver", JmsReceiver.class),
            Map.entry("pickup", Pickup.class),
            Map.entry("rejectedTidy", RejectedTidy.class),
            Map.entry("nightly", NightlyReprocessing.class),
            Map.entry("nightReport", NightReport.class),
            Map.entry("planning", Planning.class),
            Map.entry("submission", Submission.class),
            Map.entry("tracking", Tracking.class),
            Map.entry("delivery", Delivery.class),
            Map.entry("messages", Messages.class),
            Map.entry("control", Control.class),
            Map.entry("waiting", WaitingWatch.class),
            Map.entry("commandRecorder", CommandRecorder.class),
            Map.entry("routeFailures", RouteFailures.class));

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void every_route_file_matches_the_schema_of_camels_dsl(Path file) throws IOException {
        // The schema allows no placeholders, so they are replaced first.
        String filled = Files.readString(file).replaceAll("\"\\{\\{(ssh|nightly)\\.used}}\"", "true");
        assertThat(SCHEMA.validate(YAML.readTree(filled))).isEmpty();
    }

    @Test
    void the_schema_rejects_a_misspelt_word() throws IOException {
        JsonNode misspelt = YAML.readTree("""
                - route:
                    id: one
                    from:
                      uri: scheduler:one
                      steps:
                        - baen:
                            ref: control
                """);
        assertThat(SCHEMA.validate(misspelt)).isNotEmpty();
    }

    /** Camel's timer waits by the machine's clock: when the clock is set back by two hours, the timer stops for two hours. */
    @ParameterizedTest
    @MethodSource("files")
    void no_route_uses_a_timer_that_follows_the_machines_clock(Path file) throws IOException {
        assertThat(Files.readString(file)).doesNotContain("uri: timer");
    }

    @ParameterizedTest
    @MethodSource("files")
    void every_bean_that_a_route_calls_has_that_public_method(Path file) throws IOException {
        each(YAML.readTree(file.toFile()), (name, node) -> {
            if (name.equals("bean")) {
                String bean = node.path("ref").asText();
                String call = node.path("method").asText();
                assertThat(BEANS).as("beans, for %s", node).containsKey(bean);
                assertThat(methods(BEANS.get(bean)))
                        .as("public methods of %s", bean)
                        .contains(call.replaceFirst("\\(.*", ""));
            }
        });
    }

    @Test
    void a_method_that_a_route_calls_has_no_overloads() throws IOException {
        for (Path file : files()) {
            each(YAML.readTree(file.toFile()), (name, node) -> {
                if (name.equals("bean")) {
                    String method = node.path("method").asText().replaceFirst("\\(.*", "");
                    assertThat(BEANS.get(node.path("ref").asText()).getMethods())
                            .filteredOn(candidate -> candidate.getName().equals(method))
                            .hasSize(1);
                }
            });
        }
    }

    @Test
    void every_property_that_the_outbox_route_reads_exists_on_a_message() throws Exception {
        Map<String, String> expected = Map.of(
                "${body.correlationId}", "one",
                "${body.type}", "io.swath.dead",
                "${body.queue}", "swath.dead",
                "${body.body}", "{}",
                "${body.reason}", "field-is-there: it is missing",
                "${body.field}", "recipe",
                "${body.remedy}", "Give one.",
                "${body.messageId}", "ID:1");
        Rejection rejection = new Rejection("field-is-there", "recipe", "it is missing", "Give one.");
        Message message =
                new Message("dead/ID:1", "io.swath.dead", "swath.dead", "one", "{}", Optional.of(rejection), "ID:1");
        Set<String> used = simple(FOLDER.resolve("delivery.camel.yaml"));
        assertThat(used).containsAll(expected.keySet());
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            camel.start();
            expected.forEach((expression, value) ->
                    assertThat(evaluate(camel, expression, message)).isEqualTo(value));
            assertThat(holds(camel, "${body.dead}", message)).isTrue();
            Message event =
                    new Message("1", "io.swath.scene.accepted", "swath.events", "1", "{}", Optional.empty(), "");
            assertThat(holds(camel, "${body.dead}", event)).isFalse();
            assertThat(holds(camel, "${body.size} > 0", List.of(message))).isTrue();
            assertThat(holds(camel, "${body.size} > 0", List.of())).isFalse();
        }
    }

    @Test
    void every_body_property_in_a_route_exists_on_a_message_or_a_list() throws IOException {
        Pattern property = Pattern.compile("\\$\\{body\\.(\\w+)}");
        Set<String> known = new HashSet<>(methods(Message.class));
        known.addAll(methods(List.class));
        for (Path file : files()) {
            for (String expression : simple(file)) {
                property.matcher(expression)
                        .results()
                        .forEach(match -> assertThat(known).as(expression).contains(match.group(1)));
            }
        }
    }

    @Test
    void every_seda_queue_has_exactly_one_consuming_route() throws IOException {
        List<String> consumed = new ArrayList<>();
        Set<String> filled = new TreeSet<>();
        for (Path file : files()) {
            each(YAML.readTree(file.toFile()), (name, node) -> {
                String uri = node.path("uri").asText();
                if (uri.startsWith("seda:") && name.equals("from")) {
                    consumed.add(uri);
                } else if (uri.startsWith("seda:")) {
                    filled.add(uri);
                }
            });
        }
        assertThat(consumed).containsExactlyInAnyOrderElementsOf(filled);
    }

    @Test
    void every_route_has_a_unique_id_and_an_error_policy_that_exists() throws IOException {
        List<String> ids = new ArrayList<>();
        Set<String> policies = new HashSet<>();
        Set<String> wanted = new TreeSet<>();
        for (Path file : files()) {
            each(YAML.readTree(file.toFile()), (name, node) -> {
                if (name.equals("route")) {
                    ids.add(node.path("id").asText());
                    assertThat(node.path("description").asText()).isNotBlank();
                    if (node.has("routeConfigurationId")) {
                        wanted.add(node.get("routeConfigurationId").asText());
                    }
                } else if (name.equals("routeConfiguration")) {
                    policies.add(node.path("id").asText());
                }
            });
        }
        assertThat(ids).doesNotHaveDuplicates().doesNotContain("");
        assertThat(policies).containsAll(wanted);
    }

    @Test
    void every_placeholder_in_a_route_has_a_value() throws IOException {
        Set<String> known = Files.readAllLines(Path.of("config/application.properties")).stream()
                .filter(line -> line.matches("[a-z].*=.*"))
                .map(line -> line.substring(0, line.indexOf('=')))
                .collect(Collectors.toSet());
        known.addAll(Set.of("ssh.used", "ssh.host", "ssh.port", "ssh.user", "ssh.timeout"));
        known.addAll(Set.of("nightly.used", "nightly.rule", "nightly.time-zone"));
        for (Path file : files()) {
            assertThat(Pattern.compile("\\{\\{([^}]+)}}")
                            .matcher(Files.readString(file))
                            .results()
                            .map(match -> match.group(1)))
                    .as("placeholders of %s", file)
                    .isSubsetOf(known);
        }
    }

    private static String evaluate(DefaultCamelContext camel, String expression, Object body) {
        Exchange exchange = new DefaultExchange(camel);
        exchange.getMessage().setBody(body);
        Expression simple = camel.resolveLanguage("simple").createExpression(expression);
        simple.init(camel);
        return simple.evaluate(exchange, String.class);
    }

    private static boolean holds(DefaultCamelContext camel, String predicate, Object body) {
        Exchange exchange = new DefaultExchange(camel);
        exchange.getMessage().setBody(body);
        Predicate simple = camel.resolveLanguage("simple").createPredicate(predicate);
        simple.init(camel);
        return simple.matches(exchange);
    }

    private static Set<String> simple(Path file) throws IOException {
        Set<String> expressions = new TreeSet<>();
        each(YAML.readTree(file.toFile()), (name, node) -> {
            if (name.equals("simple")) {
                expressions.add(
                        node.isTextual()
                                ? node.asText()
                                : node.path("expression").asText());
            }
        });
        return expressions;
    }

    private static Set<String> methods(Class<?> type) {
        return Arrays.stream(type.getMethods()).map(Method::getName).collect(Collectors.toSet());
    }

    private static JsonSchema schema() {
        try (InputStream schema = RoutesTest.class.getResourceAsStream("/schema/camelYamlDsl-canonical.json")) {
            return JsonSchemaFactory.getInstance(VersionFlag.V4).getSchema(schema);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Visits every named node, with its name. */
    private static void each(JsonNode node, BiConsumer<String, JsonNode> visitor) {
        node.properties().forEach(entry -> {
            visitor.accept(entry.getKey(), entry.getValue());
            each(entry.getValue(), visitor);
        });
        if (node.isArray()) {
            node.forEach(child -> each(child, visitor));
        }
    }
}
