package io.swath.job;

import io.swath.model.Batch;
import io.swath.model.Priority;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The folder of a batch on the storage: {@code job.sh}, which a person can read and submit by hand, and
 * {@code tiles.tsv}, a line per array index.
 *
 * @param account the account to charge, empty for the user's own
 * @param qos the quality of service, empty for the user's own
 * @param nightQos the one of night work, empty for the same as any other's
 */
public record JobScript(Storage storage, String account, String qos, String nightQos) {
    private static final Pattern PLACEHOLDER = Pattern.compile("@([A-Z_]+)@");
    private static final Duration WARNING = Duration.ofSeconds(30);

    /** What a batch runs: the script and which window of the tile it must write. */
    public record Script(String onCluster, String outputWindow, String previousStep) {}

    /** Writes the folder; safe to repeat. */
    public Path write(Scene scene, Batch batch, Script script, List<TileProgress> tiles) throws IOException {
        Path folder = storage.batch(scene.id(), batch.token());
        storage.folder(folder.resolve("logs"));
        storage.folder(folder.resolve("evidence"));
        storage.folder(storage.work(scene.id(), scene.version()).resolve("leases"));
        storage.folder(
                storage.work(scene.id(), scene.version()).resolve("tiles").resolve(batch.step()));
        StringBuilder table = new StringBuilder(64 * tiles.size());
        for (TileProgress tile : tiles) {
            table.append(Math.max(0, tile.tile().index())).append('\t').append(tile.attempts());
            append(table, tile.tile().read());
            append(table, tile.tile().core());
            table.append('\n');
        }
        Storage.write(folder.resolve("tiles.tsv"), table.toString());
        Path job = folder.resolve("job.sh");
        Storage.writeScript(job, render(scene, batch, script));
        return job;
    }

    private static void append(StringBuilder table, Window window) {
        table.append('\t').append(window.x()).append('\t').append(window.y());
        table.append('\t').append(window.width()).append('\t').append(window.height());
    }

    /** The text of {@code job.sh}. */
    public String render(Scene scene, Batch batch, Script script) {
        Map<String, String> values = Map.of(
                "DIRECTIVES", directives(scene, batch),
                "TOKEN", batch.token(),
                "SCENE", scene.id(),
                "RECIPE", scene.recipe(),
                "STEP", batch.step(),
                "WORK", quoted(storage.onCluster(storage.work(scene.id(), scene.version()))),
                "BATCH", quoted(storage.onCluster(storage.batch(scene.id(), batch.token()))),
                "RUN", quoted(script.onCluster()),
                "OUTPUT_WINDOW", script.outputWindow(),
                "PREVIOUS", script.previousStep());
        return PLACEHOLDER.matcher(template()).replaceAll(match -> {
            String value = values.get(match.group(1));
            if (value == null) {
                throw new IllegalStateException("job.sh.template has an unknown placeholder " + match.group());
            }
            return Matcher.quoteReplacement(value);
        });
    }

    private String directives(Scene scene, Batch batch) {
        Request request = batch.request();
        StringJoiner lines = new StringJoiner("\n");
        lines.add("#SBATCH --job-name=" + batch.token());
        lines.add("#SBATCH --array=0-" + (batch.size() - 1));
        if (!request.partition().isEmpty()) {
            lines.add("#SBATCH --partition=" + request.partition());
        }
        lines.add("#SBATCH --nodes=1 --ntasks=1 --cpus-per-task=" + request.cpus());
        lines.add("#SBATCH --mem=" + request.memoryMiB() + "M");
        lines.add("#SBATCH --time=" + time(request.time()));
        // Each run is one attempt of its own, with its own record; on a lost node Slurm would start it over by itself.
        lines.add("#SBATCH --no-requeue");
        if (request.gpus() > 0) {
            lines.add("#SBATCH --gres=gpu:" + request.gpus());
        }
        if (request.shards() > 0) {
            lines.add("#SBATCH --gres=shard:" + request.shards());
        }
        if (!request.excludedNodes().isEmpty()) {
            lines.add("#SBATCH --exclude=" + String.join(",", request.excludedNodes()));
        }
        if (!account.isEmpty()) {
            lines.add("#SBATCH --account=" + account);
        }
        String service = scene.priority() == Priority.NIGHT && !nightQos.isEmpty() ? nightQos : qos;
        if (!service.isEmpty()) {
            lines.add("#SBATCH --qos=" + service);
        }
        lines.add("#SBATCH --nice=" + nice(scene.priority()));
        lines.add("#SBATCH --signal=B:USR1@" + WARNING.toSeconds());
        String folder = storage.onCluster(storage.batch(scene.id(), batch.token()));
        lines.add("#SBATCH --chdir=\"" + folder + "\"");
        lines.add("#SBATCH --output=\"" + folder + "/logs/%a.log\" --open-mode=append");
        lines.add("#SBATCH --comment=\"" + scene.id() + " " + batch.step() + "\"");
        return lines.toString();
    }

    /**
     * A user may only lower a job's priority: so urgent work goes first by the others' standing back. The night's stands
     * back by more than age, size, partition and fair share together are usually worth (priority/multifactor), and than
     * there are jobs in a year (priority/basic takes one off for each).
     */
    private static int nice(Priority priority) {
        return switch (priority) {
            case URGENT -> 0;
            case NORMAL -> 100;
            case NIGHT -> 1_000_000;
        };
    }

    private static String time(Duration limit) {
        return String.format("%d:%02d:%02d", limit.toHours(), limit.toMinutesPart(), limit.toSecondsPart());
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    private static String template() {
        try (InputStream in = JobScript.class.getResourceAsStream("/job/job.sh.template")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("job.sh.template cannot be read from the program's own archive", e);
        }
    }
}
