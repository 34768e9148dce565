package io.swath.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatusCommandTest {
    @Test
    void a_ledger_without_scenes_is_no_empty_table() {
        assertThat(StatusCommand.withoutScenes(true, "/var/x/ledger.db"))
                .contains("No Swath has run", "/var/x/ledger.db", "state.dir");
        assertThat(StatusCommand.withoutScenes(false, "/var/x/ledger.db")).contains("No scene has been accepted yet");
    }
}
