package io.swath;

import io.swath.testing.PythonTests;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests the scripts of the nodes with what the nodes have: Debian's Python and GDAL. Two files of tests run at once. */
@Tag("resources")
class NodeScriptsTest {
    private static final ExecutorService POOL = Executors.newFixedThreadPool(2);
    private static final Map<String, Future<Void>> RUNNING = new HashMap<>();

    /** The longest first. */
    static List<String> files() {
        return List.of(
                "node_scripts_test.py",
                "pansharpen_test.py",
                "assembly_test.py",
                "copying_test.py",
                "landcover_test.py",
                "mosaic_test.py",
                "cloudmask_test.py",
                "outline_test.py",
                "ortho_test.py",
                "tile_test.py",
                "several_tasks_test.py",
                "gpu_test.py",
                "packing_test.py");
    }

    @BeforeAll
    static void start() {
        for (String file : files()) {
            RUNNING.put(file, POOL.submit(() -> {
                PythonTests.run("/usr/bin/python3", "src/test/scripts/" + file);
                return null;
            }));
        }
    }

    @AfterAll
    static void end() {
        POOL.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("files")
    void the_tests_of_the_node_scripts_pass(String file) throws InterruptedException, ExecutionException {
        RUNNING.get(file).get();
    }
}
