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
            arrows("formats", "model", "storage", "untrusted"),
            arrows("recipes", "model", "untrusted"),
            arrows("ledger", "model"),
            arrows("cluster", "model", "storage"),
            arrows("job", "model", "storage", "health"),
            arrows("broker", "model", "health"),
            arrows("leadership", "model", "storage", "health", "ledger"),
            arrows("arrival", "model", "storage", "health", "ledger", "recipes", "job", "untrusted", "formats"),
            arrows("planning", "model", "storage", "health", "ledger", "recipes", "untrusted", "formats"),
            arrows("submission", "model", "storage", "health", "ledger", "recipes", "job", "cluster"),
            arrows("tracking", "model", "storage", "health", "ledger", "recipes", "job", "cluster"),
            arrows("accounting", "model", "storage", "ledger", "untrusted"),
            arrows("delivery", "model", "storage", "health", "ledger", "job", "untrusted", "accounting"),
            arrows("retention", "model", "storage", "health", "ledger", "accounting"),
            arrows("control", "model", "storage", "health", "ledger", "untrusted", "cluster"),
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
                    "retention",
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
                    "job",
                    "broker",
                    "leadership",
                    "arrival",
                    "planning",
                    "submission",
                    "retention",
                    "control",
                    "waiting",
                    "app")));

    /** Classes that use each other by design: the tables of one database, and a sealed type with its cases. */
    private static final List<Set<String>> FAMILIES = List.of(
            Set.of(
                    "io.swath.ledger.Session",
                    "io.swath.ledger.Announcements",
                    "io.swath.ledger.Archives",
                    "io.swath.ledger.Batches",
                    "io.swath.ledger.CommandCounts",
                    "io.swath.ledger.ControlRequests",
                    "io.swath.ledger.DeadLetters",
                    "io.swath.ledger.DeviceLoads",
                    "io.swath.ledger.Faults",
                    "io.swath.ledger.GpuUsage",
                    "io.swath.ledger.InboxEntries",
                    "io.swath.ledger.Kept",
                    "io.swath.ledger.LearnedSizes",
                    "io.swath.ledger.Nights",
                    "io.swath.ledger.Outbox",
                    "io.swath.ledger.Products",
                    "io.swath.ledger.RunRows",
                    "io.swath.ledger.Runs",
                    "io.swath.ledger.Scenes",
                    "io.swath.ledger.Tiles",
                    "io.swath.ledger.UnsentBatches",
                    "io.swath.ledger.Usage",
                    "io.swath.ledger.Waits",
                    "io.swath.ledger.WorkFolders"),
            Set.of(
                    "io.swath.arrival.SceneInput",
                    "io.swath.arrival.GeoTiffInput",
                    "io.swath.arrival.ItemInput",
                    "io.swath.arrival.ProductInput",
                    "io.swath.arrival.ArchiveInput"),
            // A partition and a node's kind are parts of what the cluster is.
            Set.of("io.swath.cluster.Capabilities", "io.swath.cluster.Accounts", "io.swath.cluster.Slots"));

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

    /** Packages that work with folders where jobs may write. */
    private static final Set<String> AMONG_HOSTILE_FILES =
            Set.of("job", "submission", "tracking", "delivery", "retention", "control", "leadership");

    /** Functions that read a file or list a folder, and so follow links and wait for pipes. */
    private static final Set<String> READING = Set.of(
            "newInputStream",
            "newByteChannel",
            "newBufferedReader",
            "readString",
            "readAllBytes",
            "readAllLines",
            "lines",
            "copy",
            "list",
            "walk",
            "find",
            "walkFileTree",
            "newDirectoryStream");

    /** Functions that make or write a file, and so may write through a link. */
    private static final Set<String> WRITING = Set.of(
            "newOutputStream",
            "newBufferedWriter",
            "write",
            "writeString",
            "createFile",
            "createDirectory",
            "createLink",
            "createSymbolicLink");

    private static final Set<String> STREAMS = Set.of(
            "java.io.FileInputStream",
            "java.io.FileOutputStream",
            "java.io.FileReader",
            "java.io.FileWriter",
            "java.io.RandomAccessFile");

    private static Set<String> fileFunctions(JavaClass type) {
        Set<String> used = new TreeSet<>();
        type.getCodeUnitCallsFromSelf().forEach(call -> {
            String owner = call.getTargetOwner().getName();
            String name = call.getTarget().getName();
            boolean files = owner.equals("java.nio.file.Files") && (READING.contains(name) || WRITING.contains(name));
            boolean channel = owner.equals("java.nio.channels.FileChannel") && name.equals("open");
            boolean jsonFile = owner.endsWith("ObjectMapper")
                    && call.getTarget().getRawParameterTypes().stream()
                            .anyMatch(parameter -> parameter.getName().equals("java.io.File"));
            if (files || channel || jsonFile || STREAMS.contains(owner)) {
                used.add(name);
            }
        });
        return used;
    }

    @Test
    void packages_that_meet_files_of_jobs_read_and_write_through_the_storage_package_alone() {
        for (JavaClass type : SWATH) {
            boolean locksState =
                    type.getName().equals("io.swath.leadership.StateLock"); // in state.dir, which is private
            if (AMONG_HOSTILE_FILES.contains(topPackage(type)) && !locksState) {
                assertThat(fileFunctions(type)).as(type.getName()).isEmpty();
            }
        }
    }

    /** Local tasks run as the same user as Swath, so they can put a pipe or a link anywhere. */
    @Test
    void the_local_cluster_reads_and_writes_files_that_tasks_can_replace_through_the_storage_package_alone() {
        Map<String, Set<String>> found = new TreeMap<>();
        for (JavaClass type : SWATH) {
            Set<String> used = fileFunctions(type);
            if (type.getPackageName().equals("io.swath.cluster.local") && !used.isEmpty()) {
                found.put(type.getSimpleName(), used);
            }
        }
        assertThat(found)
                .isEqualTo(Map.of(
                        "Job", Set.of("createFile"), // does not open what is there
                        "JobRecord", Set.of("createDirectory"), // a new one
                        "Machine", Set.of("readString"), // in /proc
                        "Processes", Set.of("newDirectoryStream", "readString"), // in /proc
                        "StateDirectory", Set.of("list", "open"))); // the lock, which StateFolder has looked at
    }

    @Test
    void in_the_storage_package_one_class_opens_files_to_read_and_one_to_write() {
        Map<String, Set<String>> found = new TreeMap<>();
        for (JavaClass type : SWATH) {
            Set<String> used = fileFunctions(type);
            if (topPackage(type).equals("storage") && !used.isEmpty()) {
                found.put(type.getSimpleName(), used);
            }
        }
        assertThat(found)
                .isEqualTo(Map.of(
                        "Pinned", Set.of("open", "newDirectoryStream"),
                        "Mounts", Set.of("newDirectoryStream"), // in inbox/
                        "DurableFiles", Set.of("newOutputStream", "createDirectory", "open"),
                        "RejectedFolder", Set.of("createDirectory", "list"), // in rejected/, where only Swath writes
                        // Lists what senders left, and makes links and empty files where only Swath writes.
                        "Relocation", Set.of("createFile", "createSymbolicLink", "walk"),
                        "Storage", Set.of("newDirectoryStream"), // in scenes/ID/
                        "StorageRights", Set.of("newDirectoryStream"))); // in inbox/
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
