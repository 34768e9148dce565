package io.swath.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.SettingsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StateFolderTest {
    @TempDir
    Path state;

    private void rejected(String name, String found, String needed, String loss) {
        assertThatThrownBy(() -> StateFolder.check(state))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(state.resolve(name) + " in state.dir is " + found + ", and Swath needs " + needed)
                .hasMessageContaining("move " + state.resolve(name) + " away")
                .hasMessageContaining(loss);
    }

    @Test
    void a_new_folder_and_a_complete_one_are_accepted_and_so_are_links_to_folders() throws Exception {
        StateFolder.check(state);
        for (String file : new String[] {"ledger.db", "ledger.db-wal", "ledger.db-shm", "swath.lock"}) {
            Files.createFile(state.resolve(file));
        }
        for (String folder : new String[] {"native", "local"}) {
            Files.createDirectory(state.resolve(folder));
        }
        Files.createSymbolicLink(state.resolve("broker"), state.resolve("native"));
        assertThatCode(() -> StateFolder.check(state)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ledger.db", "ledger.db-wal", "swath.lock", "local/lock"})
    void a_folder_or_a_pipe_in_the_place_of_a_file_is_named(String name) throws Exception {
        Path path = state.resolve(name);
        Files.createDirectories(path);
        rejected(name, "a folder", "a regular file there", "Nothing was changed");
        Files.delete(path);
        assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                .isZero();
        rejected(name, "a pipe, a socket or a device", "a regular file there", "Nothing was changed");
    }

    @Test
    void a_file_in_the_place_of_a_folder_is_named_with_what_is_lost() throws Exception {
        Path broker = Files.createFile(state.resolve("broker"));
        rejected("broker", "a regular file", "a folder there", "Messages of stations that Swath has not recorded yet");
        Files.delete(broker);
        Path libraries = Files.createFile(state.resolve("native"));
        rejected("native", "a regular file", "a folder there", "Nothing is lost");
        Files.delete(libraries);
        Files.createSymbolicLink(state.resolve("local"), state.resolve("nowhere"));
        rejected("local", "a link to nothing", "a folder there", "retries the tiles");
    }
}
