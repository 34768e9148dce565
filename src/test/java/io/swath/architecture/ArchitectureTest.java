package io.swath.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the architecture of {@code docs/architecture.md}: which package may use which others. */
class ArchitectureTest {
    private static final JavaClasses SWATH = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.swath");

    /**
     * Each package, and exactly the others that it uses; the annotation {@code @Setting} of {@code model} does not count. A
     * new arrow is a decision: make it here and in the docs.
     */
    private static final Map<String, Set<String>> ARROWS = new TreeMap<>(Map.ofEntries(
            arrows("model"),
            arrows("health"),
            arrows("storage"),
            arrows("untrusted", "model"),
            arrows("recipes", "model", "untrusted"),
            arrows("ledger", "model"),
            arrows("cluster", "model"),
            arrows("job", "model", "storage", "health"),
            arrows("broker", "model", "health"),
            arrows("leadership", "model", "storage", "health", "ledger"),
            arrows("arrival", "model", "storage", "health", "ledger", "recipes", "untrusted"),
            arrows("planning", "model", "storage", "health", "ledger", "recipes", "untrusted"),
            arrows("submission", "model", "storage", "health", "ledger", "recipes", "job", "cluster"),
            arrows("tracking", "model", "storage", "health", "ledger", "recipes", "job", "cluster"),
            arrows("delivery", "model", "storage", "health", "ledger", "job", "untrusted"),
            arrows("control", "model", "health", "ledger", "untrusted", "cluster"),
            arrows("waiting", "model", "health", "ledger"),
            arrows("console", "model", "storage", "health", "ledger", "untrusted", "waiting"),
            arrows(
                    "app",
                    "model",
                    "storage",
                    "health",
                    "untrusted",
                    "recipes",
                    "ledger",
                    "cluster",
                    "job",
                    "broker",
                    "leadership",
                    "arrival",
                    "planning",
                    "submission",
                    "tracking",
                    "delivery",
                    "control",
                    "waiting",
                    "console"),
            arrows(
                    "cli",
                    "model",
                    "storage",
                    "health",
                    "untrusted",
                    "recipes",
                    "ledger",
                    "cluster",
                    "broker",
                    "leadership",
                    "arrival",
                    "planning",
                    "submission",
                    "control",
                    "waiting",
                    "app")));

    /** Classes that use each other by design: the tables of one database, and a sealed type with its cases. */
    private static final List<Set<String>> FAMILIES = List.of(
            Set.of(
                    "io.swath.ledger.Session",
                    "io.swath.ledger.Announcements",
                    "io.swath.ledger.Batches",
                    "io.swath.ledger.ControlRequests",
                    "io.swath.ledger.DeadLetters",
                    "io.swath.ledger.InboxEntries",
                    "io.swath.ledger.Nights",
                    "io.swath.ledger.Outbox",
                    "io.swath.ledger.Products",
                    "io.swath.ledger.Runs",
                    "io.swath.ledger.Scenes",
                    "io.swath.ledger.Tiles",
                    "io.swath.ledger.UnsentBatches",
                    "io.swath.ledger.Usage",
                    "io.swath.ledger.Waits"),
            Set.of("io.swath.arrival.SceneInput", "io.swath.arrival.GeoTiffInput", "io.swath.arrival.ItemInput"));

    private static Map.Entry<String, Set<String>> arrows(String from, String... to) {
        return Map.entry(from, new TreeSet<>(Set.of(to)));
    }

    @Test
    void packages_use_exactly_the_packages_that_the_architecture_names() {
        Map<String, Set<String>> found = new TreeMap<>();
        for (JavaClass type : SWATH) {
            Set<String> used = found.computeIfAbsent(topPackage(type), name -> new TreeSet<>());
            type.getDirectDependenciesFromSelf().stream()
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(target -> target.getPackageName().startsWith("io.swath."))
                    .map(ArchitectureTest::topPackage)
                    .filter(name -> !name.equals(topPackage(type)))
                    .forEach(used::add);
        }
        assertThat(found).isEqualTo(ARROWS);
    }

    @Test
    void every_package_says_what_it_is_for() {
        Set<String> packages = new TreeSet<>();
        SWATH.forEach(type -> packages.add(type.getPackageName()));
        assertThat(packages)
                .allSatisfy(name ->
                        assertThat(description(name)).exists().content().contains("Used by:", "Must not know:"));
    }

    private static Path description(String packageName) {
        return Path.of("src/main/java").resolve(packageName.replace('.', '/')).resolve("package-info.java");
    }

    @Test
    void only_the_app_package_uses_camel() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.swath.app..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.camel..")
                .check(SWATH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"io.swath.cluster.slurm..", "io.swath.cluster.local.."})
    void an_adapter_of_the_cluster_is_used_only_by_itself_and_the_app_package(String adapter) {
        noClasses()
                .that()
                .resideOutsideOfPackages(adapter, "io.swath.app..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(adapter)
                .check(SWATH);
    }

    @Test
    void packages_and_subpackages_form_no_cycle() {
        slices().matching("io.swath.(**)").should().beFreeOfCycles().check(SWATH);
        slices().matching("io.swath.(*)..").should().beFreeOfCycles().check(SWATH);
    }

    @Test
    void classes_form_no_cycle() {
        slices().assignedFrom(new TopLevelClasses()).should().beFreeOfCycles().check(SWATH);
    }

    /** One slice for each top-level class, or for each family of them. */
    private static final class TopLevelClasses implements SliceAssignment {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            String name = type.getName().replaceFirst("\\$.*", "");
            return FAMILIES.stream()
                    .filter(family -> family.contains(name))
                    .findFirst()
                    .map(family -> SliceIdentifier.of(new TreeSet<>(family).toString()))
                    .orElseGet(() -> SliceIdentifier.of(name));
        }

        @Override
        public String getDescription() {
            return "top-level classes";
        }
    }

    private static String topPackage(JavaClass type) {
        return type.getPackageName().split("\\.")[2];
    }
}
