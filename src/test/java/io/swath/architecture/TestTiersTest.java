package io.swath.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keeps {@code ./run-tests quick} quick: a test that starts a broker, a database, GDAL or jobs carries a tag. */
class TestTiersTest {
    private static final String TAG = "resources";

    /** Who uses one of these classes, or one of these packages, starts something that takes seconds. */
    private static final Set<String> RESOURCES = Set.of(
            "io.swath.ledger.Ledger",
            "io.swath.broker.EmbeddedBroker",
            "io.swath.cluster.local.LocalCluster",
            "io.swath.planning.SceneInspector",
            "io.swath.untrusted.raster.GdalInfoCommand");

    private static final List<String> RESOURCE_PACKAGES =
            List.of("io.zonky.test.db.postgres.", "org.apache.activemq.broker.", "org.apache.sshd.server.");

    /** The classes that were compiled together with this one; what they use need not be read, which takes long. */
    private static final JavaClasses TESTS = ArchConfiguration.withThreadLocalScope(configuration -> {
        configuration.setResolveMissingDependenciesFromClassPath(false);
        return new ClassFileImporter()
                .importUrl(TestTiersTest.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation());
    });

    @Test
    void tests_that_use_a_resource_carry_the_tag() {
        List<String> untagged = TESTS.stream()
                .filter(type -> type.isTopLevelClass() && type.getSimpleName().endsWith("Test"))
                .filter(type -> usesResource(type) && !isTagged(type))
                .map(JavaClass::getName)
                .sorted()
                .toList();
        assertThat(untagged).as("add @Tag(\"%s\") to these classes", TAG).isEmpty();
    }

    @Test
    void a_resource_that_is_used_through_a_helper_counts() {
        assertThat(usesResource(TESTS.get("io.swath.tracking.TrackingTest"))).isTrue();
        assertThat(usesResource(TESTS.get("io.swath.tracking.VerdictTest"))).isFalse();
    }

    private static boolean isTagged(JavaClass type) {
        return Stream.of(type.reflect().getAnnotationsByType(Tag.class))
                .anyMatch(tag -> tag.value().equals(TAG));
    }

    /** Follows the methods of the tests' own helpers, but not those of the program. */
    private static boolean usesResource(JavaClass test) {
        Set<JavaCodeUnit> seen = new HashSet<>(test.getCodeUnits());
        test.getAllRawSuperclasses().stream()
                .filter(type -> TESTS.contain(type.getName()))
                .forEach(type -> seen.addAll(type.getCodeUnits()));
        Deque<JavaCodeUnit> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            for (JavaAccess<?> access : open.remove().getAccessesFromSelf()) {
                JavaClass owner = access.getTargetOwner();
                if (isResource(owner.getName())) {
                    return true;
                }
                if (TESTS.contain(owner.getName())) {
                    called(access).filter(seen::add).forEach(open::add);
                }
            }
        }
        return false;
    }

    /** An object may get a call of any of its methods, so its constructor stands for all of them. */
    private static Stream<JavaCodeUnit> called(JavaAccess<?> access) {
        if (access instanceof JavaConstructorCall) {
            return access.getTargetOwner().getCodeUnits().stream();
        }
        return access instanceof JavaMethodCall call
                ? call.getTarget().resolveMember().stream().map(JavaCodeUnit.class::cast)
                : Stream.of();
    }

    private static boolean isResource(String name) {
        return RESOURCES.contains(name) || RESOURCE_PACKAGES.stream().anyMatch(name::startsWith);
    }
}
