package io.swath.arrival;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.recipes.RecipeBook;
import io.swath.storage.Rejections;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrivalTest {
    private Workbench bench;
    private Path inbox;

    @BeforeEach
    void open(@TempDir Path folder) throws IOException {
        bench = new Workbench(folder);
        inbox = Files.createDirectories(bench.storage.inbox().resolve("ndvi"));
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void takeAll() {
        Arrival arrival = new Arrival(
                bench.ledger,
                bench.storage,
                new RecipeBook(Path.of("config/recipes")),
                new Rejections(bench.storage),
                Duration.ofSeconds(10),
                bench.troubles,
                bench.clock);
        arrival.due().forEach(arrival::take);
    }

    @Test
    void whatIsTurnedAwayAndInterruptedIsTurnedAwayOnce() throws IOException {
        Path file = Files.writeString(inbox.resolve("note.txt"), "no scene");
        Files.createFile(inbox.resolve("note.txt.done"));
        Files.delete(bench.storage.rejected());
        Files.createFile(bench.storage.rejected()); // so that it can be written down, and then not be moved
        takeAll();
        assertThat(file).exists();
        Files.delete(bench.storage.rejected());
        Files.createFile(inbox.resolve("note.txt.done"));
        takeAll();

        assertThat(inbox).isEmptyDirectory();
        assertThat(bench.storage.rejected().resolve("note.txt/note.txt")).hasContent("no scene");
        List<Scene> rejected = bench.ledger.read(session -> session.scenes().in(Set.of(SceneState.REJECTED)));
        int messages = bench.ledger.read(session -> session.outbox().count());
        assertThat(rejected).extracting(Scene::name).containsExactly("note.txt");
        assertThat(messages).isOne();
    }

    @Test
    void theMarkerGoesBeforeTheSceneLestItVouchForALaterOne() throws IOException {
        Files.copy(Path.of("pom.xml"), inbox.resolve("a.tif"));
        Path marker = Files.createFile(inbox.resolve("a.tif.done"));
        Files.delete(bench.storage.root().resolve("scenes"));
        takeAll(); // the scene cannot be moved: there is no scenes/

        assertThat(inbox.resolve("a.tif")).exists();
        assertThat(marker).doesNotExist();
    }
}
