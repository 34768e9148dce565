package io.swath.arrival.folder;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EntryNamesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.tif.filepart",
                "a.tif.crdownload",
                "a.tif.partial",
                "a.tif.4f2a91c0.partial",
                "a.tif.upload",
                "a.tif.download",
                "a.tif.lftp",
                "a.tif.PART",
                "a.tif.aria2",
                "~syncthing~a.tif.tmp",
                ".a.tif.Xy12ab"
            })
    void names_of_uploads_that_have_not_ended_are_left_alone(String name) {
        assertThat(EntryNames.isLeftAlone(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Thumbs.db",
                "desktop.ini",
                "~$x.tif",
                "x.tif:Zone.Identifier",
                "x.tif:Zone.Identifier:$DATA",
                "x.tif\uf022Zone.Identifier",
                "x.tif:com.apple.quarantine:$DATA",
                "@eaDir",
                "System Volume Information",
                "lost+found",
                "$RECYCLE.BIN",
                "#recycle",
                "__MACOSX",
                "._x.tif",
                ".DS_Store",
                "x.tif~",
                "Icon\r"
            })
    void what_systems_leave_in_folders_is_left_alone(String name) {
        assertThat(EntryNames.isLeftAlone(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.tif",
                "download.tif",
                "part.tif",
                "a~b.tif",
                "x:y.tif",
                "$(touch x).tif",
                "S2A.SAFE",
                "a.zip",
                "#1.tif"
            })
    void other_names_may_be_scenes(String name) {
        assertThat(EntryNames.isLeftAlone(name)).isFalse();
    }
}
