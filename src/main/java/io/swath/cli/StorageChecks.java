package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.app.settings.Settings;
import io.swath.storage.DurableFiles;
import io.swath.storage.Mounts;
import io.swath.storage.Storage;
import io.swath.storage.StorageRights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks the storage: whether it can be used, the terrain model on it, where scenes are copied, and who may write where. */
record StorageChecks(Findings findings) {
    void check(Pipeline pipeline, Settings settings) throws IOException {
        usable(pipeline.storage());
        terrain(pipeline, settings);
        mountsAndRights(pipeline);
    }

    private void usable(Storage storage) throws IOException {
        if (!storage.problem().isEmpty()) {
            findings.bad("storage", storage.problem());
            return;
        }
        Path probe = storage.work(".doctor");
        try {
            DurableFiles.write(probe, "written by ./swath doctor to check the storage\n");
            Files.delete(probe);
            findings.good("storage", storage.root() + ", on the cluster's nodes " + storage.onCluster(storage.root()));
        } catch (IOException e) {
            findings.bad("storage", "no file can be written to " + probe.getParent() + ": " + e);
        }
    }

    private void terrain(Pipeline pipeline, Settings settings) {
        String problem = pipeline.terrain().problem();
        if (!problem.isEmpty()) {
            findings.bad("terrain", problem);
        } else if (!settings.terrain().path().isEmpty()) {
            findings.good("terrain", settings.terrain().path());
        }
    }

    /** Where scenes are copied, and who may write where. A storage that works stays usable: only what is open to everybody is a problem. */
    private void mountsAndRights(Pipeline pipeline) throws IOException {
        if (!pipeline.storage().missing().isEmpty()) {
            return;
        }
        for (String note : new Mounts(pipeline.storage()).notes()) {
            findings.note("storage", note);
        }
        for (StorageRights.Finding finding : pipeline.storageRights().check()) {
            if (finding.open()) {
                findings.bad("rights", finding.text());
            } else {
                findings.note("rights", finding.text());
            }
        }
        for (Path folder : pipeline.storage().layout()) {
            if (!Files.isWritable(folder)) {
                findings.bad("rights", "Swath's user may not write to " + folder + ": make it the owner with chown");
            }
        }
    }
}
