package io.swath;

import io.swath.testing.PythonTests;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the scripts of the nodes with what the nodes have: Debian's Python and GDAL. */
@Tag("resources")
class NodeScriptsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "node_scripts_test.py",
                "assembly_test.py",
                "outline_test.py",
                "pansharpen_test.py",
                "mosaic_test.py",
                "ortho_test.py",
                "cloudmask_test.py",
                "landcover_test.py"
            })
    void the_tests_of_the_node_scripts_pass(String tests) throws IOException, InterruptedException {
        PythonTests.run("/usr/bin/python3", "src/test/scripts/" + tests);
    }
}
