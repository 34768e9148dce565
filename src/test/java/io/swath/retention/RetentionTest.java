package io.swath.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.accounting.RunsCsv;
import io.swath.control.Control;
import io.swath.job.BatchLayout;
import io.swath.ledger.Archives;
import io.swath.ledger.Kept;
import io.swath.ledger.Ledger;
import io.swath.ledger.Outbox;
import io.swath.ledger.Usage;
import io.swath.ledger.WorkFolders.Content;
import io.swath.model.Batch;
import io.swath.model.Cause;
import io.swath.model.LeadershipLostException;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileState;
import io.swath.storage.Removal;
import io.swath.testing.TaskEnd;
import io.swath.testing.WithWorkbench;
import io.swath.testing.Workbench;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("resources")
class RetentionTest extends WithWorkbench {
    private static final Duration KEEP = Duration.ofDays(100);
    private static final Duration KEEP_WORK = Duration.ofDays(10);
    private static final Duration KEEP_MESSAGES = Duration.ofDays(20);

    /** A stage as it is after a start of Swath. */
    private Retention retention() {
        return retention(bench.ledger);
    }

    private Retention retention(Ledger ledger) {
        return new Retention(
                ledger,
                bench.storage,
                new RetentionSettings(KEEP, KEEP_WORK, KEEP, KEEP_MESSAGES),
                "slurm",
                bench.incidents,
                bench.steady);
    }

    private void tidy() {
        Retention retention = retention();
        for (int i = 0; i < 5; i++) {
            retention.tidy();
        }
    }

    /** A scene with one run for each tile and one of the assembly, which all have ended; the scene is in this state. */
    private void ended(String id, int tiles, SceneState state) {
        endedUnsent(id, tiles, state);
        bench.markAllSent();
    }

    private void endedUnsent(String id, int tiles, SceneState state) {
        bench.planned(id, Workbench.ONE_STEP, tiles);
        endVersion(id, state);
    }

    private void endVersion(String id, SceneState state) {
        bench.submitAll();
        for (Batch batch : bench.batches(id)) {
            (state == SceneState.FAILED ? TaskEnd.failure(Cause.EXIT, "") : TaskEnd.SUCCESS).all(bench, batch);
            write(bench.storage.batch(id, batch.token()).resolve("logs/0.log"), "a word of " + batch.token() + "\n");
            write(bench.storage.batch(id, batch.token()).resolve("logs/1.log"), "");
            write(bench.storage.batch(id, batch.token()).resolve("evidence/0.json"), "{\"index\": 0}");
        }
        bench.ledger.change(session -> {
            session.tiles()
                    .update(session.tiles().ofScene(id).stream()
                            .map(tile -> tile.withState(state == SceneState.FAILED ? TileState.FAILED : TileState.DONE))
                            .toList());
            session.scenes().move(id, Set.of(SceneState.PLANNED, SceneState.PROCESSING), state, "");
        });
    }

    private static void write(Path file, String text) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    /** The ids of the runs in all files of the archive. */
    private List<String> archived() throws IOException {
        List<String> ids = new ArrayList<>();
        for (Path file : files(bench.storage.root().resolve("archive"))) {
            try (InputStream in = new GZIPInputStream(Files.newInputStream(file));
                    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                assertThat(lines.readLine()).startsWith("id,scene,recipe,step,tile,attempt,");
                lines.lines().map(line -> line.replaceFirst(",.*", "")).forEach(ids::add);
            }
        }
        return ids;
    }

    private List<String> inLedger(String... scenes) {
        List<String> ids = new ArrayList<>();
        for (String scene : scenes) {
            for (Batch batch : bench.batches(scene)) {
                bench.ledger.read(session -> {
                    session.runs().forEach(batch.token(), run -> ids.add(run.id()));
                    return ids;
                });
            }
        }
        return ids;
    }

    private static Map<String, String> untar(Path file) throws IOException {
        Map<String, String> entries = new TreeMap<>();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(file)), "UTF-8")) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                entries.put(entry.getName(), new String(tar.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return entries;
    }

    private List<Usage.Total> totals() {
        return bench.ledger.read(session -> session.usage().totals());
    }

    @Test
    void old_runs_are_in_the_archive_once_and_no_longer_in_the_ledger_and_the_totals_stay() throws IOException {
        ended("a", 5, SceneState.DELIVERED);
        List<String> runs = inLedger("a");
        List<Usage.Total> totals = totals();
        tidy();
        assertThat(inLedger("a")).hasSize(6).isEqualTo(runs);
        assertThat(totals()).isEqualTo(totals);

        bench.pass(KEEP.plusDays(2));
        tidy();

        assertThat(archived()).containsExactlyInAnyOrderElementsOf(runs);
        assertThat(inLedger("a")).isEmpty();
        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.tiles("a")).isZero();
        assertThat(totals()).isEqualTo(totals);
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.DELIVERED);
        assertThat(bench.ledger.<Optional<Scene>>read(
                        session -> session.scenes().find("ndvi", "content of a")))
                .as("it is still accepted only once")
                .isPresent();
        assertThat(bench.ledger.<Integer>read(session -> session.batches().nextNumber("a")))
                .as("no number of a batch is used again")
                .isEqualTo(3);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void the_archives_file_is_named_by_the_month_and_the_scene_names_the_file() throws IOException {
        ended("a", 1, SceneState.DELIVERED);
        bench.pass(KEEP.plusDays(2));
        tidy();
        assertThat(files(bench.storage.root().resolve("archive")))
                .singleElement()
                .satisfies(file ->
                        assertThat(file.getFileName().toString()).matches("runs-\\d{4}-\\d{2}-[0-9a-f]{12}\\.csv\\.gz"))
                .satisfies(file -> assertThat(bench.ledger.<Optional<String>>read(
                                session -> session.archives().fileOf("a")))
                        .hasValue(file.getFileName().toString()));
        assertThat(bench.ledger.<Archives.Size>read(
                        session -> session.archives().size()))
                .isEqualTo(new Archives.Size(1, 2));
    }

    @Test
    void runs_of_a_scene_that_has_not_ended_stay_and_so_do_runs_with_unsent_records() throws IOException {
        ended("a", 1, SceneState.PROCESSING);
        bench.planned("b", Workbench.ONE_STEP, 1);
        bench.pass(KEEP.plusDays(2));
        endedUnsent("c", 1, SceneState.DELIVERED);
        bench.pass(KEEP.plusDays(2));
        tidy();
        assertThat(inLedger("a")).hasSize(2);
        assertThat(inLedger("c")).hasSize(2);
        bench.markAllSent();
        tidy();
        assertThat(inLedger("a")).hasSize(2);
        assertThat(inLedger("c")).isEmpty();
    }

    @Test
    void a_kill_between_any_two_steps_of_the_archive_neither_loses_nor_doubles_a_run() throws IOException {
        ended("a", 30, SceneState.DELIVERED);
        ended("b", 3, SceneState.CANCELLED);
        List<String> runs = inLedger("a", "b");
        tidy(); // counts them
        bench.pass(KEEP.plusDays(2));
        for (boolean more = true; more; ) {
            // A new object for every step, as after a kill.
            more = new RunArchive(bench.ledger, bench.storage, new RunsCsv(bench.ledger, "slurm"), KEEP).step();
            boolean removing = inLedger("a", "b").size() < runs.size();
            if (removing) {
                assertThat(archived()).containsExactlyInAnyOrderElementsOf(runs);
            }
        }
        assertThat(archived()).containsExactlyInAnyOrderElementsOf(runs);
        assertThat(inLedger("a", "b")).isEmpty();
    }

    /** Another Swath on the same ledger, which is the leader from now on, while the bench's is paused. */
    private Ledger nextLeader() {
        Ledger next = Ledger.sqlite(folder.resolve("ledger.db"), bench.clock);
        assertThat(next.becomeLeader(next.leader(), "next")).isTrue();
        return next;
    }

    private void becomeLeader() {
        assertThat(bench.ledger.becomeLeader(bench.ledger.leader(), "former")).isTrue();
    }

    @Test
    void a_version_stays_archived_when_a_batch_of_an_older_version_is_archived_later() throws IOException {
        endedUnsent("a", 1, SceneState.FAILED);
        List<String> first = bench.ledger.read(session ->
                session.outbox().unsent(100).stream().map(Outbox.Entry::id).toList());
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        endVersion("a", SceneState.FAILED);
        bench.ledger.change(session -> session.outbox()
                .sent(session.outbox().unsent(100).stream()
                        .map(Outbox.Entry::id)
                        .filter(id -> !first.contains(id))
                        .toList()));
        tidy(); // counts them
        bench.pass(KEEP.plusDays(2));
        archiveAll();
        assertThat(bench.batches("a")).extracting(Batch::version).containsOnly(1);
        assertThat(bench.ledger.<Boolean>read(session -> session.workFolders().isComplete("a")))
                .isFalse();

        bench.markAllSent();
        archiveAll();

        assertThat(bench.batches("a")).isEmpty();
        assertThat(bench.ledger.<Boolean>read(session -> session.workFolders().isComplete("a")))
                .as("a retry finds no tiles of version 2")
                .isFalse();
    }

    private void archiveAll() throws IOException {
        RunArchive archive = new RunArchive(bench.ledger, bench.storage, new RunsCsv(bench.ledger, "slurm"), KEEP);
        for (boolean more = true; more; ) {
            more = archive.step();
        }
    }

    @Test
    void a_former_leader_that_goes_on_does_not_replace_the_file_from_which_the_next_has_removed_runs()
            throws IOException {
        becomeLeader();
        ended("a", 30, SceneState.DELIVERED);
        List<String> runs = inLedger("a");
        tidy(); // counts them
        bench.pass(KEEP.plusDays(2));
        RunArchive former = new RunArchive(bench.ledger, bench.storage, new RunsCsv(bench.ledger, "slurm"), KEEP);
        former.step(); // chooses
        String name = bench.ledger
                .read(session -> session.archives().open())
                .orElseThrow()
                .name();
        try (Ledger ledger = nextLeader()) {
            RunArchive next = new RunArchive(ledger, bench.storage, new RunsCsv(ledger, "slurm"), KEEP);
            for (boolean more = true; more; ) {
                more = next.step();
            }
            assertThat(inLedger("a")).isEmpty();

            assertThatThrownBy(() -> former.write(name)).isInstanceOf(LeadershipLostException.class);

            assertThat(archived()).hasSize(31).containsExactlyInAnyOrderElementsOf(runs);
        }
    }

    @Test
    void a_former_leader_that_goes_on_replaces_no_pack() throws IOException {
        becomeLeader();
        ended("a", 2, SceneState.DELIVERED);
        Scene scene = bench.scene("a");
        List<String> tokens = bench.batches("a").stream().map(Batch::token).toList();
        LogPack former = new LogPack(bench.ledger, bench.storage);
        Path pack = PackedLogs.file(bench.storage, scene);
        try (Ledger ledger = nextLeader()) {
            ledger.change(session -> session.workFolders().begin(scene));
            new LogPack(ledger, bench.storage).write(scene, tokens);
            ledger.change(session -> session.workFolders().record(scene, Content.PACKED));
            Map<String, String> packed = untar(pack);
            Files.delete(bench.storage.batch("a", tokens.get(0)).resolve("logs/0.log"));

            assertThatThrownBy(() -> former.write(scene, tokens)).isInstanceOf(LeadershipLostException.class);
            assertThat(untar(pack)).isEqualTo(packed).containsKey(tokens.get(0) + "/logs/0.log");

            retention(ledger).tidy();
            assertThatThrownBy(() -> former.write(scene, tokens)).isInstanceOf(NoSuchFileException.class);
            assertThat(untar(pack)).isEqualTo(packed);
            assertThat(files(bench.storage.work("a"))).containsExactly(pack);
        }
    }

    @Test
    void a_file_that_was_written_before_a_kill_is_written_again_with_the_same_runs() throws IOException {
        ended("a", 2, SceneState.DELIVERED);
        List<String> runs = inLedger("a");
        tidy();
        bench.pass(KEEP.plusDays(2));
        RunArchive archive = new RunArchive(bench.ledger, bench.storage, new RunsCsv(bench.ledger, "slurm"), KEEP);
        archive.step(); // chooses
        String name = bench.ledger
                .read(session -> session.archives().open())
                .orElseThrow()
                .name();
        // A kill came while the file was written; meanwhile more runs have become old enough.
        write(bench.storage.root().resolve("archive/." + name + ".part"), "half");
        write(bench.storage.root().resolve("archive/" + name), "of another disk");
        ended("b", 1, SceneState.DELIVERED);
        runs.addAll(inLedger("b"));
        bench.pass(KEEP.plusDays(2));
        tidy();
        assertThat(files(bench.storage.root().resolve("archive"))).hasSize(2);
        assertThat(archived()).containsExactlyInAnyOrderElementsOf(runs).hasSize(5);
    }

    @Test
    void a_ledger_does_not_lose_runs_when_the_archive_cannot_be_written() throws IOException {
        ended("a", 2, SceneState.DELIVERED);
        bench.pass(KEEP.plusDays(2));
        write(bench.storage.root().resolve("archive"), "in the way");
        tidy();
        assertThat(inLedger("a")).hasSize(3);
        assertThat(bench.incidents.open())
                .singleElement()
                .satisfies(incident ->
                        assertThat(incident.what()).contains("old runs cannot be archived", "archive is not a folder"));
        Files.delete(bench.storage.root().resolve("archive"));
        tidy();
        assertThat(inLedger("a")).isEmpty();
        assertThat(archived()).hasSize(3);
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void the_logs_of_tasks_of_several_tiles_are_kept_too() throws IOException {
        bench.planned("a", Workbench.ONE_STEP.replace("size: 64", "size: 64, per-task: 2"), 3);
        bench.submitAll();
        Batch batch = bench.batch("a", 1);
        write(BatchLayout.of(bench.storage, batch).taskLog(batch, 2), "killed\n");
        endVersion("a", SceneState.DELIVERED);
        bench.markAllSent();

        tidy();

        assertThat(untar(bench.storage.work("a").resolve("runs.v1.tar.gz")))
                .containsEntry(batch.token() + "/logs/task-1.log", "killed\n");
    }

    @Test
    void a_delivered_scene_keeps_one_file_with_its_scripts_evidence_and_the_logs_that_are_not_empty()
            throws IOException {
        ended("a", 2, SceneState.DELIVERED);
        String first = bench.batch("a", 1).token();
        String second = bench.batch("a", 2).token();
        tidy();
        Path pack = bench.storage.work("a").resolve("runs.v1.tar.gz");
        assertThat(files(bench.storage.work("a"))).containsExactly(pack);
        assertThat(untar(pack))
                .containsEntry(first + "/logs/0.log", "a word of " + first + "\n")
                .containsEntry(first + "/evidence/0.json", "{\"index\": 0}")
                .containsEntry(second + "/logs/0.log", "a word of " + second + "\n")
                .containsKeys(first + "/job.sh", first + "/tiles.tsv", second + "/job.sh")
                .doesNotContainKey(first + "/logs/1.log");

        bench.pass(KEEP.plusDays(2));
        tidy();
        assertThat(bench.storage.work("a")).doesNotExist();
    }

    @Test
    void a_kill_while_a_work_folder_is_removed_keeps_the_pack_that_was_complete() throws IOException {
        ended("a", 2, SceneState.DELIVERED);
        bench.ledger.change(session -> session.workFolders().begin(bench.scene("a")));
        String first = bench.batch("a", 1).token();
        Path work = bench.storage.work("a");
        new LogPack(bench.ledger, bench.storage)
                .write(bench.scene("a"), List.of(first, bench.batch("a", 2).token()));
        bench.ledger.change(session -> session.workFolders().record(bench.scene("a"), Content.PACKED));
        Files.delete(work.resolve(first).resolve("logs/0.log"));
        tidy();
        assertThat(files(work)).containsExactly(work.resolve("runs.v1.tar.gz"));
        assertThat(untar(work.resolve("runs.v1.tar.gz"))).containsKey(first + "/logs/0.log");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "folder", "link"})
    void what_a_job_put_in_the_place_of_the_pack_is_replaced(String kind) throws IOException {
        ended("a", 2, SceneState.DELIVERED);
        String first = bench.batch("a", 1).token();
        Path pack = bench.storage.work("a").resolve("runs.v1.tar.gz");
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        switch (kind) {
            case "file" -> write(pack, "planted");
            case "folder" -> write(pack.resolve("planted"), "planted");
            default -> Files.createSymbolicLink(pack, secret);
        }
        tidy();
        assertThat(untar(pack)).containsEntry(first + "/logs/0.log", "a word of " + first + "\n");
        assertThat(files(bench.storage.work("a"))).containsExactly(pack);
        assertThat(secret).hasContent("secret");
        assertThat(bench.incidents.open()).isEmpty();
    }

    @Test
    void the_packs_of_a_scene_are_those_that_exist() throws IOException {
        ended("a", 1, SceneState.FAILED);
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, ""));
        assertThat(PackedLogs.of(bench.storage, "a")).isEmpty();
        bench.pass(KEEP_WORK.plusDays(1));
        tidy();
        Path work = bench.storage.work("a");
        assertThat(PackedLogs.of(bench.storage, "a")).containsExactly(work.resolve("runs.v2.tar.gz"));
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        bench.ledger.change(session -> session.scenes().move("a", Set.of(SceneState.PLANNED), SceneState.FAILED, ""));
        bench.pass(KEEP_WORK.plusDays(1));
        tidy();
        assertThat(PackedLogs.of(bench.storage, "a"))
                .as("version 3 had no batch, so it has no pack")
                .containsExactly(work.resolve("runs.v2.tar.gz"));
        assertThat(PackedLogs.of(bench.storage, "none")).isEmpty();
    }

    @Test
    void one_call_tidies_many_scenes_and_removes_many_archived_batches() throws IOException {
        for (int scene = 0; scene < 70; scene++) {
            ended("a" + scene, 1, SceneState.DELIVERED);
        }
        retention().tidy();
        for (int scene = 0; scene < 70; scene++) {
            assertThat(files(bench.storage.work("a" + scene))).hasSize(1);
        }
        bench.pass(KEEP.plusDays(2));
        retention().tidy();
        assertThat(archived()).hasSize(140);
        for (int scene = 0; scene < 70; scene++) {
            assertThat(bench.batches("a" + scene)).isEmpty();
            assertThat(bench.storage.work("a" + scene)).doesNotExist();
        }
    }

    @Test
    void a_ledger_from_a_backup_archives_the_same_batches_into_the_same_file() throws IOException {
        ended("a", 3, SceneState.DELIVERED);
        List<String> runs = inLedger("a");
        tidy();
        bench.pass(KEEP.plusDays(2));
        Path backup = folder.resolve("backup.db");
        bench.ledger.close();
        Files.copy(folder.resolve("ledger.db"), backup);
        bench = new Workbench(folder);
        bench.pass(KEEP.plusDays(2));
        tidy();
        assertThat(archived()).containsExactlyInAnyOrderElementsOf(runs);
        bench.close();
        Files.copy(backup, folder.resolve("ledger.db"), StandardCopyOption.REPLACE_EXISTING);
        bench = new Workbench(folder);
        bench.pass(KEEP.plusDays(2));
        assertThat(inLedger("a")).hasSize(4);
        tidy();
        assertThat(inLedger("a")).isEmpty();
        assertThat(archived()).containsExactlyInAnyOrderElementsOf(runs);
    }

    @Test
    void what_a_job_put_in_the_place_of_its_log_is_not_read() throws IOException {
        ended("a", 4, SceneState.DELIVERED);
        Path logs = bench.storage.batch("a", bench.batch("a", 1).token()).resolve("logs");
        Path secret = Files.writeString(folder.resolve("secret"), "secret");
        Files.delete(logs.resolve("0.log"));
        Files.createSymbolicLink(logs.resolve("0.log"), secret);
        Files.createSymbolicLink(logs.resolve("2.log"), logs);
        Files.writeString(logs.resolve("3.log"), "x".repeat(LogPack.LOG_BYTES) + "its end");
        Files.writeString(logs.resolve("anything"), "else");
        tidy();
        Map<String, String> packed = untar(bench.storage.work("a").resolve("runs.v1.tar.gz"));
        assertThat(packed.keySet().stream().filter(name -> name.contains("-1/logs/")))
                .singleElement()
                .satisfies(name ->
                        assertThat(packed.get(name)).hasSize(LogPack.LOG_BYTES).endsWith("its end"));
        assertThat(secret).hasContent("secret");
        assertThat(files(bench.storage.work("a"))).hasSize(1);
    }

    @Test
    void names_that_a_job_planted_do_not_hide_the_logs_and_evidence_of_the_batch() throws IOException {
        ended("a", 2, SceneState.DELIVERED);
        String token = bench.batch("a", 1).token();
        Path batch = bench.storage.batch("a", token);
        write(batch.resolve("logs/1.log"), "the last task");
        for (int planted = 2; planted < 200; planted++) {
            write(batch.resolve("evidence/" + planted + ".json"), "{}");
            write(batch.resolve("logs/" + planted + ".log"), "planted");
        }
        tidy();
        assertThat(untar(bench.storage.work("a").resolve("runs.v1.tar.gz")).keySet().stream()
                        .filter(name -> name.matches(token + "/(logs|evidence)/.*")))
                .containsExactlyInAnyOrder(token + "/evidence/0.json", token + "/logs/0.log", token + "/logs/1.log");
    }

    @Test
    void the_tasks_of_a_batch_that_is_no_longer_in_the_ledger_are_those_of_its_list() throws IOException {
        ended("a", 2, SceneState.DELIVERED);
        String token = bench.batch("a", 1).token();
        String gone = "swath-gone";
        Files.move(bench.storage.batch("a", token), bench.storage.batch("a", gone));
        write(bench.storage.batch("a", gone).resolve("logs/1.log"), "the last task");
        write(bench.storage.batch("a", gone).resolve("logs/2.log"), "planted");
        tidy();
        assertThat(untar(bench.storage.work("a").resolve("runs.v1.tar.gz")))
                .containsEntry(gone + "/logs/0.log", "a word of " + token + "\n")
                .containsEntry(gone + "/logs/1.log", "the last task")
                .containsEntry(gone + "/evidence/0.json", "{\"index\": 0}")
                .doesNotContainKey(gone + "/logs/2.log");
    }

    @Test
    void others_can_write_to_the_ledger_while_a_work_folder_is_removed() {
        becomeLeader();
        ended("a", 1, SceneState.DELIVERED);
        List<String> removed = new ArrayList<>();
        try (Ledger other = Ledger.sqlite(folder.resolve("ledger.db"), bench.clock)) {
            new WorkTidy(
                            bench.ledger,
                            bench.storage,
                            new RetentionSettings(KEEP, KEEP_WORK, KEEP, KEEP_MESSAGES),
                            bench.incidents,
                            bench.steady,
                            path -> {
                                String name = path.getFileName().toString();
                                other.change(
                                        session -> session.controlRequests().add(name, "a", "cancel"));
                                removed.add(name);
                                Removal.remove(path);
                            })
                    .tidy();
        }
        assertThat(removed)
                .contains(
                        "tiles",
                        bench.batch("a", 1).token(),
                        bench.batch("a", 2).token());
    }

    @Test
    void a_scene_without_a_batch_gets_no_pack() throws IOException {
        bench.accepted("a", "ndvi");
        write(bench.storage.work("a").resolve("bands"), "red nir\n");
        bench.ledger.change(
                session -> session.scenes().move("a", Set.of(SceneState.ACCEPTED), SceneState.CANCELLED, ""));
        bench.pass(KEEP_WORK.plusDays(1));
        tidy();
        assertThat(bench.storage.work("a")).isEmptyDirectory();
        bench.pass(KEEP);
        tidy();
        assertThat(bench.storage.work("a")).doesNotExist();
    }

    @Test
    void the_folder_of_a_version_that_has_begun_is_not_removed_with_the_logs_before_it() throws IOException {
        ended("a", 1, SceneState.DELIVERED);
        tidy();
        bench.pass(KEEP.plusDays(2));
        Path later = bench.storage.work("a", 2).resolve("bands");
        write(later, "red nir\n");
        tidy();
        assertThat(files(bench.storage.work("a"))).containsExactly(later);
    }

    @Test
    void a_failed_scene_keeps_its_work_folder_for_a_retry_until_keep_work() throws IOException {
        ended("a", 1, SceneState.FAILED);
        Path script = bench.storage.batch("a", bench.batch("a", 1).token()).resolve("job.sh");
        tidy();
        assertThat(script).exists();
        bench.pass(KEEP_WORK.plusDays(1));
        tidy();
        assertThat(files(bench.storage.work("a"))).hasSize(1);
        assertThat(bench.ledger.<Content>read(session -> session.workFolders().content("a")))
                .isEqualTo(Content.LOGS);

        bench.ledger.change(session -> session.controlRequests().add("r", "a", "retry"));
        new Control(bench.ledger, bench.cluster, bench.storage, bench.incidents, bench.steady).work();

        assertThat(bench.ledger
                        .read(session -> session.controlRequests().find("r"))
                        .orElseThrow()
                        .answer())
                .isEqualTo(
                        "a is planned again as version 2, because what its jobs made is not kept any more (keep.work,"
                                + " keep.runs).");
        assertThat(bench.scene("a").state()).isEqualTo(SceneState.ACCEPTED);
        assertThat(bench.scene("a").version()).isEqualTo(2);
    }

    @Test
    void what_belongs_to_a_version_that_has_begun_is_not_touched() throws IOException {
        ended("a", 1, SceneState.DELIVERED);
        var seen = bench.scene("a");
        bench.plannedAgain("a", Workbench.ONE_STEP, 1);
        bench.submitAll();
        Path later = bench.storage.batch("a", bench.batch("a", 3).token()).resolve("job.sh");
        assertThat(later).exists();
        bench.ledger.change(session -> session.workFolders().begin(seen));
        tidy();
        assertThat(later).exists();
        assertThat(bench.storage.work("a", 2).resolve("recipe/ndvi/recipe.yaml"))
                .exists();
        assertThat(bench.ledger.<Content>read(session -> session.workFolders().content("a")))
                .isEqualTo(Content.WHOLE);
    }

    @Test
    void what_is_due_is_what_the_next_calls_remove() {
        RetentionSettings keep = new RetentionSettings(KEEP, KEEP_WORK, KEEP, KEEP_MESSAGES);
        ended("a", 3, SceneState.DELIVERED);
        ended("b", 1, SceneState.FAILED);
        ended("c", 1, SceneState.PROCESSING);
        int messages = bench.ledger.read(session -> session.outbox().count());
        assertThat(Retention.due(bench.ledger, keep)).isEqualTo(new Kept.Due(1, 0, 0, 0));
        tidy();
        assertThat(Retention.due(bench.ledger, keep)).isEqualTo(new Kept.Due(0, 0, 0, 0));
        bench.pass(KEEP_MESSAGES.plusDays(1));
        assertThat(Retention.due(bench.ledger, keep)).isEqualTo(new Kept.Due(1, 0, 0, messages));
        bench.pass(KEEP);
        assertThat(Retention.due(bench.ledger, keep)).isEqualTo(new Kept.Due(1, 1, 6, messages));
        tidy();
        assertThat(Retention.due(bench.ledger, keep)).isEqualTo(new Kept.Due(0, 0, 0, 0));
    }

    @Test
    void messages_that_were_sent_are_removed_after_keep_messages_and_unsent_ones_stay() {
        ended("a", 3, SceneState.DELIVERED);
        int sent = bench.ledger.read(session -> session.outbox().count());
        bench.accepted("b", "ndvi");
        tidy();
        assertThat(bench.ledger.<Integer>read(session -> session.outbox().count()))
                .isEqualTo(sent + 1);
        bench.pass(KEEP_MESSAGES.plusDays(1));
        tidy();
        assertThat(bench.ledger.<Integer>read(session -> session.outbox().count()))
                .isEqualTo(1);
        assertThat(bench.ledger.<Integer>read(session -> session.outbox().unsentCount()))
                .isEqualTo(1);
    }

    @Test
    void totals_are_the_same_before_and_after_runs_are_counted_and_while_more_runs_end() {
        ended("a", 3, SceneState.DELIVERED);
        ended("b", 2, SceneState.FAILED);
        List<Usage.Total> totals = totals();
        assertThat(totals).extracting(Usage.Total::runs).containsExactly(1, 1, 2, 3);
        Ledger ledger = bench.ledger;
        while (ledger.write(session -> session.usage().count(1)) > 0) {
            assertThat(totals()).isEqualTo(totals);
        }
        ended("c", 4, SceneState.DELIVERED);
        assertThat(totals()).extracting(Usage.Total::runs).containsExactly(1, 2, 2, 7);
    }
}
