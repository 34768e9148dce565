package io.swath.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the arrows of the design: who may know whom. A room that is not on the list may not be built. */
class ArchitectureTest {
    private static final JavaClasses SWATH = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.swath");

    private static final String[] STAGE = {"model", "wire", "stac", "ledger", "recipes", "storage", "health"};
    private static final String[] STAGE_WITH_CLUSTER = {
        "model", "wire", "ledger", "recipes", "storage", "health", "cluster"
    };

    /** Each room, and the others that it may know. */
    private static final Map<String, Set<String>> MAY_KNOW = Map.ofEntries(
            room("model"),
            room("storage"),
            room("health"),
            room("stac", "model"),
            room("wire", "model"),
            room("ledger", "model"),
            room("cluster", "model"),
            room("recipes", "model"),
            room("arrival", STAGE),
            room("night", STAGE),
            room("planning", STAGE),
            room("submission", STAGE_WITH_CLUSTER),
            room("tracking", STAGE_WITH_CLUSTER),
            room("delivery", STAGE),
            room("control", STAGE_WITH_CLUSTER),
            room("console", STAGE_WITH_CLUSTER),
            room(
                    "app",
                    "model",
                    "ledger",
                    "recipes",
                    "storage",
                    "health",
                    "stac",
                    "wire",
                    "cluster",
                    "arrival",
                    "night",
                    "planning",
                    "submission",
                    "tracking",
                    "delivery",
                    "control",
                    "console"));

    private static Map.Entry<String, Set<String>> room(String name, String... mayKnow) {
        return Map.entry(name, Set.of(mayKnow));
    }

    static Stream<String> rooms() {
        return MAY_KNOW.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource("rooms")
    void a_room_knows_only_the_rooms_that_it_may(String room) {
        List<String> allowed = Stream.concat(Stream.of(room), MAY_KNOW.get(room).stream())
                .map(ArchitectureTest::packageOf)
                .toList();
        noClasses()
                .that()
                .resideInAPackage(packageOf(room))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("io.swath..").and(resideOutsideOfPackages(allowed.toArray(String[]::new))))
                .check(SWATH);
    }

    @Test
    void every_class_lives_in_a_room_of_the_design() {
        Set<String> rooms = SWATH.stream()
                .map(type -> type.getPackageName().split("\\."))
                .map(parts -> parts.length > 2 ? parts[2] : String.join(".", parts))
                .collect(java.util.stream.Collectors.toSet());
        assertThat(rooms).containsExactlyInAnyOrderElementsOf(MAY_KNOW.keySet());
    }

    @Test
    void only_the_app_knows_that_camel_exists() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.swath.app..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.camel..")
                .check(SWATH);
    }

    @Test
    void an_adapter_of_the_cluster_is_known_only_to_itself_and_to_the_app() {
        for (String adapter : Arrays.asList("slurm", "local")) {
            String its = "io.swath.cluster." + adapter + "..";
            noClasses()
                    .that()
                    .resideOutsideOfPackages(its, "io.swath.app..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(its)
                    .check(SWATH);
        }
    }

    @Test
    void no_rooms_form_a_circle() {
        slices().matching("io.swath.(*)..").should().beFreeOfCycles().check(SWATH);
    }

    private static String packageOf(String room) {
        return "io.swath." + room + "..";
    }
}
