package io.swath.job;

import static java.util.Map.entry;

import io.swath.model.Batch;
import io.swath.model.Placement;
import io.swath.model.Priority;
import io.swath.model.Recipe;
import io.swath.model.Recipe.Model;
import io.swath.model.Request;
import io.swath.model.Scene;
import io.swath.model.TileProgress;
import io.swath.model.Window;
import io.swath.storage.DurableFiles;
import io.swath.storage.ModelFiles;
import io.swath.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes what a batch's tasks run and read: {@code job.sh}, which a person can read and submit by hand, and
 * {@code tiles.tsv}, with a line per run.
 *
 * @param directives what the jobs ask for
 */
public record JobScript(Storage storage, Directives directives) {
    private static final Pattern PLACEHOLDER = Pattern.compile("@([A-Z_]+)@");
    private static final Duration WARNING = Duration.ofSeconds(30);

    /**
     * What a batch's tasks run.
     *
     * @param onCluster the script's path as the nodes see it
     * @param outputWindow the window that the output must cover: {@code core} or {@code read}; {@code file} for any file
     * @param previousStep the step whose output the script reads; empty for the first step and for an assembly
     * @param prepared the SHA-256 of the prepared file that the script reads; empty: it reads none
     * @param model the recipe's model, its file as the nodes see it; empty: the script runs none
     * @param polygons whether an assembly makes polygons
     * @param profile what the product needs of a tile of the last step; empty in other steps
     */
    public record Script(
            String onCluster,
            String outputWindow,
            String previousStep,
            String prepared,
            Optional<Model> model,
            boolean polygons,
            String profile) {
        /** A script that reads no prepared file, runs no model and makes no polygons. */
        public Script(String onCluster, String outputWindow, String previousStep) {
            this(onCluster, outputWindow, previousStep, "", Optional.empty(), false, "");
        }

        /**
         * The script of a batch. Every step but the last writes its whole read window, because the next step needs the
         * overlap.
         */
        public static Script of(Storage storage, Scene scene, Batch batch, Recipe recipe) {
            if (batch.assembly()) {
                Path script = BatchLayout.of(storage, batch).assembleScript();
                return new Script(
                        storage.onCluster(script),
                        "core",
                        "",
                        "",
                        Optional.empty(),
                        recipe.assemble().polygons(),
                        "");
            }
            int index = batch.stepIndex();
            Path script = OrthoStep.is(batch)
                    ? BatchLayout.of(storage, batch).orthoScript()
                    : WorkLayout.of(storage, scene)
                            .script(scene.recipe(), recipe.step(index).run());
            if (batch.preparation()) {
                return new Script(storage.onCluster(script), "file", "");
            }
            boolean last = index == recipe.steps().size() - 1;
            return new Script(
                    storage.onCluster(script),
                    last ? "core" : "read",
                    index == 0 ? "" : recipe.steps().get(index - 1).name(),
                    scene.plan().prepared(),
                    recipe.model().filter(model -> !OrthoStep.is(batch)).map(model -> onCluster(storage, model)),
                    false,
                    last ? ProductProfile.of(recipe) : "");
        }

        /** Planning keeps a copy of a model in the recipe's folder. */
        private static Model onCluster(Storage storage, Model model) {
            Path file = model.file().isAbsolute() ? model.file() : ModelFiles.place(storage, model.sha256());
            boolean elsewhere = !file.startsWith(storage.root()); // at the same place on the nodes
            return new Model(elsewhere ? file : Path.of(storage.onCluster(file)), model.sha256(), model.margin());
        }
    }

    /**
     * Writes the files into the batch's folder; safe to repeat.
     *
     * @param tiles in the order of the array tasks
     * @param earlier the evidence of each earlier step whose output the tasks read: by the step's name, then by the tile's
     *     index
     * @return the job script, as this program sees it
     */
    public Path write(
            Scene scene, Batch batch, Script script, List<TileProgress> tiles, Map<String, Map<Integer, Path>> earlier)
            throws IOException {
        BatchLayout layout = BatchLayout.of(storage, batch);
        WorkLayout work = WorkLayout.of(storage, scene);
        new NodePrograms(storage).write();
        storage.sharedFolder(layout.logs());
        storage.sharedFolder(layout.evidence());
        storage.sharedFolder(work.leases());
        storage.sharedFolder(work.tiles(batch.step()));
        StringBuilder table = new StringBuilder(64 * tiles.size());
        for (TileProgress tile : tiles) {
            table.append(BatchLayout.fileNumber(tile.tile().index()))
                    .append('\t')
                    .append(tile.attempts());
            append(table, tile.tile().read());
            append(table, tile.tile().core());
            StringJoiner evidence = new StringJoiner(",");
            earlier.forEach((step, files) -> evidence.add(step + " "
                    + storage.work(scene.id()).relativize(files.get(tile.tile().index()))));
            table.append(earlier.isEmpty() ? "" : "\t").append(evidence).append('\n');
        }
        DurableFiles.writeReadOnly(layout.tiles(), table.toString());
        DurableFiles.writeScript(layout.jobScript(), render(scene, batch, script));
        return layout.jobScript();
    }

    private static void append(StringBuilder table, Window window) {
        table.append('\t').append(window.x()).append('\t').append(window.y());
        table.append('\t').append(window.width()).append('\t').append(window.height());
    }

    /** The text of {@code job.sh}. */
    public String render(Scene scene, Batch batch, Script script) {
        Optional<Model> model = script.model();
        Map<String, String> values = Map.ofEntries(
                entry("DIRECTIVES", directives(scene, batch)),
                entry("TOKEN", batch.token()),
                entry("SCENE", scene.id()),
                entry("RECIPE", scene.recipe()),
                entry("STEP", batch.step()),
                entry(
                        "WORK",
                        quoted(storage.onCluster(WorkLayout.of(storage, scene).folder()))),
                entry(
                        "BATCH",
                        quoted(storage.onCluster(BatchLayout.of(storage, batch).folder()))),
                entry("RUN", quoted(script.onCluster())),
                entry("TOOLS", quoted(storage.onCluster(new NodePrograms(storage).folder()))),
                entry("PROFILE", script.profile()),
                entry("OUTPUT_WINDOW", script.outputWindow()),
                entry("PREVIOUS", script.previousStep()),
                entry("PREPARED", script.prepared()),
                entry("EARLIER_MADE", batch.dependsOn().isEmpty() ? "1" : ""),
                entry("DEVICE", Directives.onGpu(batch.request()) ? "gpu" : "cpu"),
                entry("BIND_GPU", batch.request().placement().bind().gpu()),
                entry("TIME_LIMIT", Long.toString(batch.request().time().toSeconds())),
                entry("PER_TASK", Integer.toString(batch.perTask())),
                entry("LINES", Integer.toString(batch.size())),
                entry("TASKS", Integer.toString(batch.request().placement().tasks())),
                entry("SRUN", srun(batch.request())),
                entry("POLYGONS", script.polygons() ? "1" : ""),
                entry("MODEL", model.map(file -> quoted(file.file().toString())).orElse("''")),
                entry("MODEL_SHA", model.map(Model::sha256).orElse("")),
                entry(
                        "MODEL_MARGIN",
                        model.filter(declared -> declared.margin().isPresent())
                                .map(declared ->
                                        String.valueOf(declared.margin().getAsInt()))
                                .orElse("")));
        return PLACEHOLDER.matcher(template()).replaceAll(match -> {
            String value = values.get(match.group(1));
            if (value == null) {
                throw new IllegalStateException("job.sh.template has an unknown placeholder " + match.group());
            }
            return Matcher.quoteReplacement(value);
        });
    }

    /** The options of srun(1) that start the tasks of a step; empty for a step that is one process. */
    private static String srun(Request request) {
        Placement placement = request.placement();
        if (!placement.startsTasks()) {
            return "";
        }
        StringJoiner options = new StringJoiner(" ");
        options.add("--nodes=" + placement.nodes()).add("--ntasks=" + placement.tasks());
        options.add("--ntasks-per-node=" + placement.tasksPerNode());
        options.add("--cpus-per-task=" + request.cpus()); // srun does not take it from the job since Slurm 22.05
        options.add("--distribution=block").add("--kill-on-bad-exit=1");
        options.add("--wait=0"); // task 0 may go on for long after the others, whatever WaitTime says
        if (!placement.bind().cpu().isEmpty()) {
            options.add("--cpu-bind=" + placement.bind().cpu());
        }
        if (!placement.bind().gpu().isEmpty()) {
            // Slurm's map_gpu counts a node's GPUs, not those of the job, where it does not confine devices: task.sh
            // maps.
            options.add("--gpu-bind="
                    + (placement.bind().gpu().equals("map")
                            ? "none"
                            : placement.bind().gpu()));
        }
        return options.toString();
    }

    private String directives(Scene scene, Batch batch) {
        Request request = batch.request();
        StringJoiner lines = new StringJoiner("\n");
        lines.add("#SBATCH --job-name=" + batch.token());
        lines.add("#SBATCH --array=0-" + (batch.tasks() - 1));
        directives.words(request, scene.priority() == Priority.NIGHT).forEach(word -> lines.add(Directives.line(word)));
        // Every attempt has a run of its own: Slurm must not start a task again by itself when its node fails.
        lines.add("#SBATCH --no-requeue");
        lines.add("#SBATCH --nice=" + nice(scene.priority()));
        lines.add("#SBATCH --signal=B:USR1@" + WARNING.toSeconds());
        String folder = storage.onCluster(BatchLayout.of(storage, batch).folder());
        lines.add("#SBATCH --chdir=\"" + folder + "\"");
        lines.add("#SBATCH --output=\"" + BatchLayout.logPattern(folder, batch) + "\" --open-mode=append");
        if (!directives.options(request).has("comment")) {
            lines.add("#SBATCH --comment=\"" + scene.id() + " " + batch.step() + "\"");
        }
        if (!batch.why().isEmpty()) {
            lines.add("# Requested: " + batch.why());
        }
        return lines.toString();
    }

    /**
     * How far a job's priority is lowered. A user may only lower the priority of a job. So an urgent job comes first
     * because all other jobs are lowered. With priority/multifactor, the value for the night is larger than the usual
     * sum of age, size, partition and fair share. With priority/basic, which subtracts 1 for each job, it is larger
     * than the number of jobs in a year.
     */
    private static int nice(Priority priority) {
        return switch (priority) {
            case URGENT -> 0;
            case NORMAL -> 100;
            case NIGHT -> 1_000_000;
        };
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
