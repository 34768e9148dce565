package io.swath.testing;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of which each has a workbench of its own. */
public abstract class WithWorkbench {
    /** Where the workbench has its ledger and its storage. */
    @TempDir
    protected Path folder;

    protected Workbench bench;

    @BeforeEach
    final void openWorkbench() {
        bench = new Workbench(folder);
    }

    @AfterEach
    final void closeWorkbench() {
        bench.close();
    }
}
