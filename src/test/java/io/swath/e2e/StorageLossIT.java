package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** While Swath runs, the storage becomes full, is not mounted and is read-only, and recovers. No tile loses a retry. */
class StorageLossIT {
    private static final Duration SOON = Duration.ofSeconds(90);

    @TempDir
    Path temp;

    private Path disk;
    private DownstreamConsumer downstream;
    private SwathProcess swath;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(temp.resolve("disk"));
        boolean mounted = shell("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk.toString());
        if (!mounted) {
            System.err.println("SKIPPED: StorageLossIT. No disk can be mounted here, so storage loss is NOT TESTED.");
        }
        assumeTrue(mounted, "a disk can be mounted");
        downstream = DownstreamConsumer.withBroker();
        swath = new SwathProcess(
                Files.createDirectory(temp.resolve("loss")),
                disk.resolve("storage"),
                Map.of("cluster", "local", "broker.url", downstream.url(), "storage.least-free", "8"));
        swath.command("doctor", "--create").orFail();
        swath.start();
    }

    @AfterEach
    void unmount() throws Exception {
        if (downstream == null) {
            return;
        }
        try {
            swath.close();
        } finally {
            downstream.close();
            assertThat(shell("umount", "-l", disk.toString())).isTrue();
        }
    }

    private static boolean shell(String... command) {
        return Subprocess.run(Duration.ofSeconds(20), List.of(command)).exit() == 0;
    }

    /** Drops a scene whose tiles wait for {@link #open}. Returns its id as soon as one of its tiles runs. */
    private String dropGated(String name, Path scene) throws IOException {
        swath.drop("slab", scene, name);
        String id = swath.id(name);
        swath.await(
                "a tile of " + name + " runs",
                SOON,
                () -> swath.runs(id).stream().anyMatch(run -> run.get("state").equals("RUNNING")));
        return id;
    }

    private void open(String id) throws IOException {
        Files.createFile(swath.work(id).resolve("gate"));
    }

    private void assertDelivered(String name, String recipe, String formula, Path scene) {
        String id = swath.awaitEnd(name, "DELIVERED", SOON);
        TestScenes.check(formula, scene, swath.product(id, recipe));
        SceneAssertions.messages(swath, downstream, id, "accepted", "delivered");
        assertThat(swath.query("select * from tile where scene_id = ? and faults > 0", id))
                .isEmpty();
    }

    /** How many lines of the log contain this text. */
    private long logLines(String words) {
        return swath.log().lines().filter(line -> line.contains(words)).count();
    }

    @Test
    void loses_no_scene_and_counts_no_fault_if_the_storage_is_full_missing_or_read_only() throws Exception {
        Path one = TestScenes.make(temp.resolve("one.tif"), 512, 512, 1);
        Path two = TestScenes.make(temp.resolve("two.tif"), 300, 200, 2);
        Path three = TestScenes.make(temp.resolve("three.tif"), 400, 200, 3);

        // The storage becomes full while a tile runs, others are queued and one scene is in the inbox.
        String first = dropGated("one.tif", one);
        Path part = swath.inbox("ndvi").resolve(".two.tif");
        Files.copy(two, part);
        Path filler = disk.resolve("filler");
        fill(filler);
        Files.move(part, swath.inbox("ndvi").resolve("two.tif"), StandardCopyOption.ATOMIC_MOVE);
        open(first);
        swath.await("Swath logs that the storage is full", SOON, () -> logLines("of storage.least-free") == 1);
        swath.await(
                "no tile runs any more",
                SOON,
                () -> swath.children().isEmpty()
                        && swath.query("select * from run where state in ('QUEUED', 'RUNNING') and tile >= 0")
                                .isEmpty());
        assertThat(swath.query("select distinct cause from run where cause is not null and tile >= 0"))
                .containsExactly(Map.of("cause", "NODE"));
        assertThat(Files.exists(swath.product(first, "slab"))).isFalse();
        Files.delete(filler);
        assertDelivered("one.tif", "slab", "copy", one);
        assertDelivered("two.tif", "ndvi", "ndvi", two);
        assertThat(logLines("of storage.least-free")).as("logged once").isEqualTo(1);

        // The storage is missing while tiles run, as if it were not mounted.
        String third = dropGated("three.tif", three);
        Path away = disk.resolve("away");
        Files.move(swath.storage(), away);
        swath.await("Swath logs that the storage is missing", SOON, () -> logLines("is it mounted?") > 0);
        swath.await("Swath logs that the inbox cannot be read", SOON, () -> logLines("stage arrival-folder: ") > 0);
        assertThat(swath.storage())
                .as("Swath does not create a missing storage")
                .doesNotExist();
        Files.move(away, swath.storage());
        open(third);
        assertDelivered("three.tif", "slab", "copy", three);
        swath.await("all is well, without another scene", SOON, () -> logLines("stage arrival-folder: recovered") == 1);

        // The storage becomes read-only at some moment.
        Path four = TestScenes.make(temp.resolve("four.tif"), 500, 100, 4);
        swath.drop("ndvi", four, "four.tif");
        swath.await("the storage is read-only", SOON, () -> shell("mount", "-o", "remount,ro", disk.toString()));
        if (swath.scene("four.tif")
                .filter(scene -> scene.get("state").equals("DELIVERED"))
                .isEmpty()) {
            swath.await("Swath says so", SOON, () -> logLines("cannot be written to") > 0);
        }
        assertThat(shell("mount", "-o", "remount,rw", disk.toString())).isTrue();
        assertDelivered("four.tif", "ndvi", "ndvi", four);

        swath.await("all is well again", SOON, () -> logLines("storage: recovered") > 0);
        try (var left = Files.walk(swath.storage())) {
            assertThat(left.filter(Files::isRegularFile)
                            .map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.endsWith(".part") || name.startsWith(".swath"));
        }
    }

    /** Writes a file that uses all free space. */
    private static void fill(Path file) throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left on device");
        }
    }
}
