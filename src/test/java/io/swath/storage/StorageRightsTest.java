package io.swath.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.swath.storage.StorageRights.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageRightsTest {
    @TempDir
    private Path folder;

    private Storage storage;

    @BeforeEach
    void layOut() throws IOException {
        storage = new Storage(folder.resolve("storage"), "");
        storage.create();
        storage.sharedFolder(storage.inbox().resolve("ndvi"));
    }

    private List<Finding> check(StorageGroups groups) throws IOException {
        return new StorageRights(storage, groups).check();
    }

    private static void mode(Path path, int mode) throws IOException {
        Files.setAttribute(path, "unix:mode", mode);
    }

    @Test
    void a_new_storage_has_nothing_to_report() throws IOException {
        assertThat(check(StorageGroups.NONE)).isEmpty();
    }

    @Test
    void a_layout_of_an_earlier_version_is_reported_with_the_commands_and_is_no_problem() throws IOException {
        for (Path top : storage.layout()) {
            mode(top, 0770);
        }
        mode(Files.createDirectory(storage.work("a")), 0770);

        List<Finding> findings = check(StorageGroups.NONE);

        assertThat(findings).hasSize(6).noneMatch(Finding::open);
        assertThat(findings.get(1).text())
                .contains("the whole group may write to " + storage.root().resolve("scenes"), "mode 0770")
                .endsWith("chmod 2750 '" + storage.root().resolve("scenes") + "'");
        assertThat(findings.get(5).text()).contains("work folders of 1 scenes", "chmod g-w,o-w");
    }

    @Test
    void the_command_for_a_folder_of_another_user_gives_it_to_swath_first() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give a folder away");
        Path scenes = storage.root().resolve("scenes");
        Files.setAttribute(scenes, "unix:uid", 1);
        mode(scenes, 0770);

        assertThat(check(StorageGroups.NONE))
                .singleElement()
                .satisfies(finding -> assertThat(finding.text())
                        .endsWith("chown root '" + scenes + "' && chmod 2750 '" + scenes + "'"));
    }

    @Test
    void what_everybody_may_write_is_a_problem() throws IOException {
        mode(storage.inbox().resolve("ndvi"), 0777);
        mode(storage.root(), 0757);

        assertThat(check(StorageGroups.NONE))
                .hasSize(2)
                .allMatch(Finding::open)
                .allSatisfy(finding -> assertThat(finding.text()).startsWith("everybody may write to"));
    }

    @Test
    void the_command_sets_modes_and_the_groups_that_the_settings_name() throws IOException {
        String own = Files.readAttributes(storage.root(), PosixFileAttributes.class)
                .group()
                .getName();
        StorageGroups groups = new StorageGroups(own, own, own);
        mode(storage.root().resolve("work"), 0770);
        assertThat(check(groups)).isNotEmpty();

        assertThat(new StorageRights(storage, groups).apply()).isEmpty();

        assertThat(check(groups)).isEmpty();
        assertThat((int) Files.getAttribute(storage.root().resolve("work"), "unix:mode") & 07777)
                .isEqualTo(02750);
        assertThat((int) Files.getAttribute(storage.inbox().resolve("ndvi"), "unix:mode") & 07777)
                .isEqualTo(02770);
    }

    @Test
    void a_group_that_is_missing_is_named_with_the_command() throws IOException {
        StorageGroups groups = new StorageGroups("", "no-such-group", "");

        assertThat(new StorageRights(storage, groups).apply())
                .hasSize(2)
                .allSatisfy(failure -> assertThat(failure)
                        .contains("no group no-such-group", "chgrp no-such-group '", "&& chmod 2750 '"));
        assertThat(check(groups))
                .hasSize(2)
                .allSatisfy(finding -> assertThat(finding.text()).contains("has another group"));
    }
}
