package io.swath.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever may drop scenes attacks: each attack has the result that it must have, nothing outside of the storage is read or
 * written, and the good scene that was dropped after it is delivered with the right pixels. A short choice of the attacks
 * runs by default; {@code -Dhostile=all} runs all.
 */
class HostileDropperIT {
    private static final boolean ALL = "all".equals(System.getProperty("hostile"));
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final int SIDE = 256;

    @TempDir
    Path temp;

    private final AtomicInteger requests = new AtomicInteger();
    private Path secret;
    private Path otherPixels;
    private SwathProcess swath;
    private int port;

    /** Attacks, and checks the result once Swath has answered. */
    private interface Attack {
        Check begin(String name) throws Exception;
    }

    /** Waits for the result of an attack, and fails when it is not as expected. */
    private interface Check {
        void expect() throws Exception;
    }

    private record Case(String name, boolean always, String result, Attack attack) {}

    private List<Case> cases() {
        return List.of(
                new Case("hard link rewritten as a VRT", true, "delivered as accepted", this::linkBecomesVrt),
                new Case(
                        "hard link rewritten, time set back", true, "delivered as accepted", this::linkGetsOtherPixels),
                new Case("file written to through an open handle", true, "fails as changed", this::openHandle),
                new Case("companions as VRT of an address", true, "rejected, no request", this::companions),
                new Case("pipes beside the files of a scene", true, "delivered", this::pipesBeside),
                new Case("pipe named as a scene", true, "rejected", name -> {
                    run("mkfifo", swath.inbox("ndvi").resolve(name + ".tif").toString());
                    return rejected(name + ".tif");
                }),
                new Case("link to a file outside", true, "rejected", name -> {
                    Files.createSymbolicLink(swath.inbox("ndvi").resolve(name + ".tif"), secret);
                    return rejected(name + ".tif");
                }),
                new Case("link to a folder", false, "rejected", name -> {
                    Files.createSymbolicLink(swath.inbox("ndvi").resolve(name), temp);
                    return rejected(name);
                }),
                new Case("Item that names a link", false, "rejected", this::itemNamesLink),
                new Case("control characters in a name", true, "delivered, log unharmed", this::controlCharacters),
                new Case("sparse file", false, "rejected", this::sparseFile),
                new Case("device", false, "rejected", name -> {
                    run("mknod", swath.inbox("ndvi").resolve(name + ".tif").toString(), "c", "1", "5");
                    return rejected(name + ".tif");
                }),
                new Case("20,000 files in one folder", false, "delivered", this::manyFiles),
                new Case("folder 1,000 deep", false, "delivered", this::deepFolder),
                new Case("folder swapped for a link while it is taken", false, "nothing leaks", this::swappedFolder));
    }

    @Test
    void each_attack_has_its_result_and_the_scene_beside_it_is_delivered() throws Exception {
        secret = Files.writeString(temp.resolve("secret.tif"), "secret ".repeat(20_000));
        otherPixels = TestScenes.make(temp.resolve("other.tif"), SIDE, SIDE, 2);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        server.start();
        port = server.getAddress().getPort();
        Path folder = Files.createDirectory(temp.resolve("hostile"));
        swath = new SwathProcess(folder, folder.resolve("storage"), Map.of("cluster", "local"));
        try (SwathProcess own = swath) {
            own.command("doctor", "--create").orFail();
            Files.createDirectories(own.inbox("ndvi"));
            Files.createDirectories(own.inbox("gate"));
            own.start();
            attackAll();
        } finally {
            server.stop(0);
        }
    }

    private void attackAll() throws Exception {
        List<List<String>> table = new ArrayList<>(List.of(List.of("attack", "expected", "result")));
        List<String> faults = new ArrayList<>();
        List<Check> checks = new ArrayList<>();
        List<Case> chosen =
                cases().stream().filter(attack -> ALL || attack.always()).toList();
        for (int number = 0; number < chosen.size(); number++) {
            checks.add(chosen.get(number).attack().begin("attack" + number));
            if (ALL || number == 0) {
                swath.drop("ndvi", scene(100 + number), "good" + number + ".tif");
            }
        }
        for (int number = 0; number < chosen.size(); number++) {
            String result = "as expected";
            try {
                checks.get(number).expect();
            } catch (AssertionError | IOException failed) {
                result = "NOT as expected";
                faults.add(chosen.get(number).name() + ": " + failed);
            }
            table.add(List.of(chosen.get(number).name(), chosen.get(number).result(), result));
        }
        for (int number = 0; number < (ALL ? chosen.size() : 1); number++) {
            delivered("good" + number + ".tif", temp.resolve("scene" + (100 + number) + ".tif"));
        }
        System.out.println(FaultTable.inColumns(table));
        assertThat(faults).isEmpty();
        assertThat(requests).as("requests to the attacker's server").hasValue(0);
        assertThat(secret).hasContent("secret ".repeat(20_000));
        assertThat(swath.log()).doesNotContain("secret secret").doesNotContain("\u001b");
    }

    private Path scene(int seed) {
        return TestScenes.make(temp.resolve("scene" + seed + ".tif"), SIDE, SIDE, seed);
    }

    // ---- what to expect

    private void delivered(String name, Path scene) {
        String id = swath.awaitEnd(name, "DELIVERED", LIMIT);
        TestScenes.check("ndvi", scene, swath.product(id, "ndvi"));
    }

    private Check rejected(String name) {
        return () -> {
            swath.awaitEnd(name, "REJECTED", LIMIT);
            assertThat(Files.exists(swath.inbox("ndvi").resolve(name), LinkOption.NOFOLLOW_LINKS))
                    .isFalse();
        };
    }

    // ---- attacks

    /** Drops a scene of its own pixels, of which the attacker keeps a hard link. */
    private Path dropLinked(String name, int seed) throws IOException {
        Path kept = Files.copy(scene(seed), temp.resolve(name + ".kept"));
        Files.createLink(swath.inbox("ndvi").resolve(name + ".tif"), kept);
        Files.createFile(swath.inbox("ndvi").resolve(name + ".tif.done"));
        return kept;
    }

    private void awaitFile(String name) {
        String id = swath.id(name + ".tif");
        Path file = swath.storage().resolve("scenes").resolve(id).resolve(id + ".tif");
        swath.await("its file is in place", LIMIT, () -> Files.exists(file));
    }

    private Check linkBecomesVrt(String name) throws IOException {
        Path kept = dropLinked(name, 11);
        awaitFile(name);
        Files.writeString(kept, vrt(secret.toString()));
        return () -> delivered(name + ".tif", temp.resolve("scene11.tif"));
    }

    private Check linkGetsOtherPixels(String name) throws IOException {
        Path kept = dropLinked(name, 12);
        FileTime time = Files.getLastModifiedTime(kept);
        awaitFile(name);
        overwrite(kept, Files.readAllBytes(otherPixels));
        Files.setLastModifiedTime(kept, time);
        return () -> delivered(name + ".tif", temp.resolve("scene12.tif"));
    }

    private Check openHandle(String name) throws IOException {
        Path dropped = Files.copy(scene(13), swath.inbox("gate").resolve(name + ".tif"));
        FileTime time = Files.getLastModifiedTime(dropped);
        String id;
        try (RandomAccessFile handle = new RandomAccessFile(dropped.toFile(), "rw")) {
            Files.createFile(swath.inbox("gate").resolve(name + ".tif.done"));
            id = swath.id(name + ".tif");
            swath.await(
                    "the scene is planned",
                    LIMIT,
                    () -> Files.exists(swath.work(id).resolve("scene.vrt")));
            handle.write(Files.readAllBytes(otherPixels));
        }
        Path accepted = swath.storage().resolve("scenes").resolve(id).resolve(id + ".tif");
        Files.setLastModifiedTime(accepted, time);
        Files.createFile(swath.work(id).resolve("gate"));
        return () -> {
            swath.awaitEnd(name + ".tif", "FAILED", LIMIT);
            assertThat(swath.runs(id).stream().filter(run -> run.get("tile").equals("0")))
                    .as("it is not retried")
                    .singleElement()
                    .satisfies(run -> assertThat(run.get("cause")).isEqualTo("INPUT_CHANGED"));
            assertThat(swath.scene(name + ".tif").orElseThrow().get("reason"))
                    .contains("changed after it was accepted");
            assertThat(swath.delivered(id, "gate")).doesNotExist();
        };
    }

    private Check companions(String name) throws IOException {
        Path part = dropFolder(name);
        for (String band : List.of("B3.tif", "B4.tif")) {
            for (String companion : List.of(".ovr", ".msk", ".aux.xml", ".aux")) {
                Files.writeString(part.resolve(band + companion), vrt("/vsicurl/http://127.0.0.1:" + port + "/x.tif"));
            }
        }
        finishFolder(part, name);
        return () -> {
            rejected(name).expect();
            assertThat(swath.scene(name).orElseThrow().get("reason")).contains("companions-can-be-read", ".tif.msk");
        };
    }

    private Check pipesBeside(String name) throws Exception {
        Path part = dropFolder(name);
        for (String companion : List.of("B3.tif.msk", "B3.tif.ovr", "B4.IMD", "B4.tfw", "B4.tif.aux.xml", "x.json")) {
            run("mkfifo", part.resolve(companion).toString());
        }
        return finishFolder(part, name);
    }

    private Check itemNamesLink(String name) throws IOException {
        Path part = dropFolder(name);
        Files.delete(part.resolve("B3.tif"));
        Files.createSymbolicLink(part.resolve("B3.tif"), secret);
        Files.move(part, swath.inbox("ndvi").resolve(name));
        return rejected(name);
    }

    private Check controlCharacters(String name) throws IOException {
        String forged = name + "\n2026-01-01T00:00:00.000Z ERROR Swath: forged\u001b]0;owned\u0007.tif";
        Files.copy(scene(14), swath.inbox("ndvi").resolve(forged));
        return () -> {
            swath.await(
                    "it is delivered",
                    LIMIT,
                    () -> !swath.query("select id from scene where name like ? and state = 'DELIVERED'", name + "%")
                            .isEmpty());
            assertThat(swath.log().lines()).noneMatch(line -> line.startsWith("2026-01-01"));
        };
    }

    private Check sparseFile(String name) throws IOException {
        try (RandomAccessFile file =
                new RandomAccessFile(swath.inbox("ndvi").resolve(name + ".tif").toFile(), "rw")) {
            file.setLength(3L << 30);
        }
        Files.createFile(swath.inbox("ndvi").resolve(name + ".tif.done"));
        return rejected(name + ".tif");
    }

    private Check manyFiles(String name) throws IOException {
        Path part = dropFolder(name);
        for (int number = 0; number < 20_000; number++) {
            Files.createFile(part.resolve("x" + number + ".tif"));
        }
        return finishFolder(part, name);
    }

    private Check deepFolder(String name) throws Exception {
        Path part = dropFolder(name);
        String deeper = "import os, sys; os.chdir(sys.argv[1]); [(os.mkdir('d'), os.chdir('d')) for _ in range(1000)]";
        run("/usr/bin/python3", "-c", deeper, part.toString());
        return finishFolder(part, name);
    }

    /** Swaps the folder of a scene's files for a link to the secret's folder, again and again while it is taken. */
    private Check swappedFolder(String name) throws IOException {
        Path part = dropFolder(name);
        Path bands = Files.createDirectory(part.resolve("bands"));
        for (String band : List.of("B1.tif", "B2.tif", "B3.tif", "B4.tif")) {
            Files.move(part.resolve(band), bands.resolve(band));
            Files.copy(secret, temp.resolve(band), StandardCopyOption.REPLACE_EXISTING);
        }
        Path item = part.resolve("item.json");
        Files.writeString(item, Files.readString(item).replace("./B", "./bands/B"));
        Path place = swath.inbox("ndvi").resolve(name);
        Thread swapper = new Thread(() -> swap(place));
        Files.move(part, place);
        swapper.start();
        return () -> {
            try {
                swapper.join();
            } catch (InterruptedException stopped) {
                throw new AssertionError(stopped);
            }
            assertThat(temp.resolve("B3.tif")).hasContent("secret ".repeat(20_000));
            for (Map<String, String> scene : swath.query("select * from scene where name = ?", name)) {
                Path accepted = swath.storage().resolve("scenes").resolve(scene.get("id"));
                for (String band : List.of("B3.tif", "B4.tif")) {
                    if (Files.exists(accepted.resolve(band))) {
                        assertThat(Files.mismatch(accepted.resolve(band), temp.resolve(band)))
                                .as("the secret's bytes")
                                .isNotEqualTo(-1);
                    }
                }
            }
        };
    }

    private void swap(Path place) {
        Path bands = place.resolve("bands");
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (System.nanoTime() < end && Files.exists(place)) {
            try {
                Files.move(bands, place.resolve("away"));
                Files.createSymbolicLink(bands, temp);
                Files.delete(bands);
                Files.move(place.resolve("away"), bands);
            } catch (IOException taken) {
                return; // Swath moved the folder away
            }
        }
    }

    // ---- tools

    private Path dropFolder(String name) throws IOException {
        Path whole = TestScenes.make(temp.resolve(name + ".whole"), SIDE, SIDE, name.hashCode() & 0xffff);
        return TestScenes.split(whole, swath.inbox("ndvi").resolve("." + name));
    }

    private Check finishFolder(Path part, String name) throws IOException {
        Files.move(part, swath.inbox("ndvi").resolve(name));
        Files.createFile(swath.inbox("ndvi").resolve(name + ".done"));
        return () -> {
            String id = swath.awaitEnd(name, "DELIVERED", LIMIT);
            TestScenes.check("ndvi", temp.resolve(name + ".whole"), swath.product(id, "ndvi"));
            assertThat(Folders.names(swath.storage().resolve("scenes").resolve(id)))
                    .allMatch(entry -> entry.matches("B[1-4]\\.tif|item\\.json|\\.beside"));
        };
    }

    private static void overwrite(Path file, byte[] content) throws IOException {
        try (RandomAccessFile handle = new RandomAccessFile(file.toFile(), "rw")) {
            handle.write(content);
        }
    }

    private static String vrt(String source) {
        return """
                <VRTDataset rasterXSize="256" rasterYSize="256">
                  <VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand">
                    <SourceFilename relativeToVRT="0">%s</SourceFilename>
                  </VRTRasterBand>
                </VRTDataset>
                """.formatted(source);
    }

    private static void run(String... command) throws Exception {
        Subprocess.run(Duration.ofSeconds(30), List.of(command)).orFail();
    }
}
