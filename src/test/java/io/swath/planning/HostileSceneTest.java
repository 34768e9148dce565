package io.swath.planning;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.swath.model.Recipe;
import io.swath.model.Tile;
import io.swath.model.Window;
import io.swath.storage.Storage;
import io.swath.testing.SceneMutator;
import io.swath.testing.SceneMutator.Mutant;
import io.swath.untrusted.raster.BadSceneException;
import io.swath.untrusted.raster.GdalInfoCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Valid scenes damaged in thousands of ways: each is rejected with a reason, or its VRT reads like a strict reader reads
 * the file. Every run makes the same damage; {@code -Dseed} chooses another, {@code -Dmutants} how many scenes.
 */
@Tag("resources")
class HostileSceneTest {
    private static final String JUDGE = "src/test/scripts/hostile.py";
    /**
     * The most that inspecting one scene may allocate in this program, all in all: enough for gdalinfo's text about four
     * palettes of 65,536 colours. The child process has its own limit.
     */
    private static final long MOST_ALLOCATED = 256L << 20;

    private static final int MUTANTS = "all".equals(System.getProperty("hostile")) ? 2_000 : 500;
    private static final Recipe RECIPE = Recipes.numbered(2, 1);

    @TempDir
    Path root;

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> outcomes = new ConcurrentSkipListMap<>();

    @Test
    void every_damaged_scene_is_rejected_with_a_reason_or_read_correctly() throws Exception {
        long seed = Long.getLong("seed", 1);
        int mutants = Integer.getInteger("mutants", MUTANTS);
        Path good = Files.createDirectory(root.resolve("good"));
        Rasters.run(
                root,
                List.of("/usr/bin/python3", Path.of(JUDGE).toAbsolutePath().toString(), "make", good.toString()));
        SceneMutator mutator = new SceneMutator(good, seed);
        int workers = Math.max(2, Runtime.getRuntime().availableProcessors());
        AtomicInteger next = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(workers);
        try {
            List<Future<?>> tasks = IntStream.range(0, workers)
                    .<Future<?>>mapToObj(number -> pool.submit(() -> {
                        try (Judge judge = new Judge()) {
                            for (int one = next.getAndIncrement(); one < mutants; one = next.getAndIncrement()) {
                                examine(mutator.mutant(one), judge);
                            }
                        }
                        return null;
                    }))
                    .toList();
            for (Future<?> task : tasks) {
                task.get();
            }
        } finally {
            pool.shutdownNow();
        }
        System.out.println("seed " + seed + ", " + mutants + " mutants: " + outcomes);
        assertThat(faults).as("seed %d", seed).isEmpty();
        assertThat(outcomes.keySet()).contains("same", "file-is-complete", "header-makes-sense");
        assertThat(outcomes.values().stream().mapToInt(AtomicInteger::get).sum())
                .isEqualTo(mutants);
    }

    private void examine(Mutant mutant, Judge judge) throws IOException {
        Path folder = Files.createDirectories(root.resolve("scenes/" + mutant.number()));
        Path file = Files.write(folder.resolve("scene.tif"), mutant.bytes());
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        String outcome;
        try {
            Inspection inspection = new SceneInspector(root, new GdalInfoCommand()).inspect(folder, RECIPE);
            Path vrt = folder.resolve("scene.vrt");
            SceneVrt.write(inspection.info(), new Storage(root, ""), vrt);
            outcome = judge.judge(vrt, file, inspection);
            if (!List.of("same", "unreadable").contains(outcome)) {
                faults.add(mutant + ": " + outcome);
            }
        } catch (BadSceneException bad) {
            outcome = bad.rule();
            if (bad.rule().isBlank() || bad.what().isBlank() || bad.remedy().isBlank()) {
                faults.add(mutant + ": no reason: " + bad.getMessage());
            }
        } catch (RuntimeException fault) {
            outcome = "fault";
            faults.add(mutant + ": " + fault);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        if (allocated > MOST_ALLOCATED) {
            faults.add(mutant + ": took " + (allocated >> 20) + " MiB");
        }
        outcomes.computeIfAbsent(outcome, key -> new AtomicInteger()).incrementAndGet();
        try (var files = Files.list(folder)) {
            for (Path left : files.toList()) {
                Files.delete(left);
            }
        }
        Files.delete(folder);
    }

    /** A process that reads the pixels of many scenes, because starting it takes long. */
    private static final class Judge implements AutoCloseable {
        private final Process process;
        private final Writer questions;
        private final BufferedReader answers;

        Judge() throws IOException {
            process = new ProcessBuilder("/usr/bin/python3", JUDGE, "judge")
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            questions = process.outputWriter(UTF_8);
            answers = process.inputReader(UTF_8);
        }

        String judge(Path vrt, Path tif, Inspection inspection) throws IOException {
            String bands = inspection.info().bands().stream()
                    .map(band -> String.valueOf(band.number()))
                    .collect(Collectors.joining(","));
            String empty = inspection.info().grid(RECIPE, RECIPE.tiling().size().most()).tiles().stream()
                    .limit(1_000)
                    .map(Tile::core)
                    .filter(inspection.empty())
                    .map(HostileSceneTest::text)
                    .collect(Collectors.joining(" "));
            questions.write(vrt + "\t" + tif + "\t" + bands + "\t" + empty + "\n");
            questions.flush();
            return String.valueOf(answers.readLine());
        }

        @Override
        public void close() throws IOException {
            questions.close();
            process.destroy();
        }
    }

    private static String text(Window window) {
        return window.x() + "," + window.y() + "," + window.width() + "," + window.height();
    }
}
