package io.swath.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.control.Action;
import io.swath.ledger.Outbox;
import io.swath.model.Cause;
import io.swath.model.Origin;
import io.swath.model.Priority;
import io.swath.model.RunState;
import io.swath.model.SceneState;
import io.swath.submission.sizing.Quantity;
import io.swath.testing.MessageSchemas;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares every list of values in docs/messages with the enum of the code, in both directions. */
@Tag("resources")
class MessageEnumsTest {
    private static final String DATA = "#/properties/data/properties/";

    @TempDir
    Path folder;

    private static <E extends Enum<E>> Set<String> words(E[] values, Function<E, String> word) {
        return Arrays.stream(values).map(word).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> lowerCase(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The states that the outbox has an event for. */
    private Set<SceneState> announced() {
        try (Workbench bench = new Workbench(folder)) {
            for (SceneState state : SceneState.values()) {
                bench.accepted(state.name(), "ndvi");
                bench.ledger.change(
                        session -> session.scenes().move(state.name(), Set.of(SceneState.ACCEPTED), state, "why"));
            }
            return bench.ledger.read(session -> session.outbox().unsent(100)).stream()
                    .filter(entry -> entry.type().startsWith(Outbox.SCENE))
                    .map(entry -> SceneState.valueOf(
                            entry.type().substring(Outbox.SCENE.length()).toUpperCase(Locale.ROOT)))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private Map<String, Set<String>> ofTheCode() {
        SceneState[] announced = announced().toArray(SceneState[]::new);
        RunState[] ended =
                Arrays.stream(RunState.values()).filter(RunState::terminal).toArray(RunState[]::new);
        Set<String> causes = words(Cause.values(), Cause::name);
        causes.add("null"); // a run that succeeded has no cause
        Set<String> priorities = words(Priority.values(), Priority::word);
        TreeMap<String, Set<String>> lists = new TreeMap<>(Map.of(
                "accounting.schema.json" + DATA + "cause",
                causes,
                "accounting.schema.json" + DATA + "state",
                words(ended, RunState::name),
                "accounting.schema.json" + DATA + "cluster",
                Set.of("slurm", "local"), // the setting cluster
                "control.schema.json#/properties/verb",
                words(Action.values(), Action::word),
                "event.schema.json#/properties/type",
                lowerCase(announced).stream().map(word -> Outbox.SCENE + word).collect(Collectors.toSet()),
                "event.schema.json" + DATA + "state",
                words(announced, SceneState::name),
                "event.schema.json" + DATA + "door",
                lowerCase(Origin.values()),
                "event.schema.json" + DATA + "priority",
                priorities,
                "scene.schema.json#/$defs/announcement/properties/priority",
                priorities,
                "scene.schema.json#/$defs/item/properties/properties/properties/swath:priority",
                priorities));
        lists.put("night.schema.json" + DATA + "next/items/properties/quantity", lowerCase(Quantity.values()));
        lists.put(
                "night.schema.json" + DATA + "schedule",
                Set.of(NightlyReprocessing.NIGHTLY, NightlyReprocessing.MANUAL));
        return lists;
    }

    private static Map<String, Set<String>> ofTheDocuments() throws IOException {
        Map<String, Set<String>> lists = new TreeMap<>();
        try (Stream<Path> files = Files.list(MessageSchemas.FOLDER)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                ObjectMapper mapper =
                        file.toString().endsWith(".json") ? new ObjectMapper() : new ObjectMapper(new YAMLFactory());
                collect(file.getFileName() + "#", mapper.readTree(file.toFile()), lists);
            }
        }
        return lists;
    }

    private static void collect(String pointer, JsonNode node, Map<String, Set<String>> lists) {
        if (node.path("enum").isArray()) {
            Set<String> values = new TreeSet<>();
            node.get("enum").forEach(value -> values.add(value.asText()));
            assertThat(values)
                    .as(pointer + " names each value once")
                    .hasSize(node.get("enum").size());
            lists.put(pointer, values);
        }
        if (node.isObject()) {
            node.properties().forEach(field -> collect(pointer + "/" + field.getKey(), field.getValue(), lists));
        }
        for (int index = 0; node.isArray() && index < node.size(); index++) {
            collect(pointer + "/" + index, node.get(index), lists);
        }
    }

    @Test
    void every_list_of_values_in_the_documents_matches_the_code() throws IOException {
        assertThat(ofTheDocuments()).isEqualTo(ofTheCode());
    }

    @Test
    void a_record_with_any_cause_is_valid_by_the_schema() throws IOException {
        Path file = MessageSchemas.FOLDER.resolve("examples/accounting-run.json");
        List<String> causes = Arrays.stream(Cause.values()).map(Cause::name).toList();
        for (String cause : causes) {
            String text = Files.readString(file).replace("\"BAD_INPUT\"", "\"" + cause + "\"");
            JsonNode record = new ObjectMapper().readTree(text);
            assertThat(record.at("/data/cause").asText()).isEqualTo(cause);
            assertThat(MessageSchemas.wrong("accounting", record)).as(cause).isEmpty();
        }
    }
}
