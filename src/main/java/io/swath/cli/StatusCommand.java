package io.swath.cli;

import io.swath.app.Pipeline;
import io.swath.ledger.Ledger;
import io.swath.ledger.Products;
import io.swath.model.Announcement;
import io.swath.model.Batch;
import io.swath.model.Run;
import io.swath.model.RunState;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.model.TileState;
import io.swath.model.Wait;
import io.swath.retention.PackedLogs;
import io.swath.storage.Storage;
import io.swath.untrusted.Texts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        mixinStandardHelpOptions = true,
        name = "status",
        description = "List the latest scenes; or show one scene's history, batches, failed runs and products.")
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private SettingsOptions options;

    @Parameters(
            arity = "0..1",
            paramLabel = "ID",
            description = "A scene's id; without an id, the latest scenes are listed.")
    private String id;

    @Option(
            names = "--latest",
            defaultValue = "30",
            description = "How many scenes to list (default: ${DEFAULT-VALUE}).")
    private int latest;

    @Option(
            names = "--runs",
            description = "List every run of the scene, not only those that failed or were restarted.")
    private boolean allRuns;

    @Override
    public Integer call() throws Exception {
        try (Pipeline pipeline = new Pipeline(options.settings())) {
            if (id == null) {
                list(pipeline);
            } else {
                describe(pipeline, pipeline.scene(id));
            }
            return 0;
        }
    }

    private void list(Pipeline pipeline) {
        Ledger ledger = pipeline.ledger();
        List<Scene> scenes = ledger.read(session -> session.scenes().latest(latest));
        if (scenes.isEmpty()) {
            System.out.println(withoutScenes(ledger.isNew(), pipeline.ledgerPlace()));
        } else {
            listScenes(pipeline, scenes);
        }
        listWaiting(pipeline);
    }

    /** What to say instead of an empty table. */
    static String withoutScenes(boolean unused, String ledger) {
        return unused
                ? "No Swath has run with this ledger yet: " + ledger + ". Start one with ./swath run. If a Swath runs"
                        + " already, it has another state.dir or database.url: give its settings to this command too."
                : "No scene has been accepted yet. Ledger: " + ledger + ".";
    }

    private void listScenes(Pipeline pipeline, List<Scene> scenes) {
        Ledger ledger = pipeline.ledger();
        Map<String, Wait> waits = pipeline.waitingScenes().byScene();
        Table table = new Table("scene", "recipe", "state", "tiles", "since", "reason");
        for (Scene scene : scenes) {
            Map<TileState, Integer> tiles =
                    ledger.read(session -> session.tiles().counts(scene.id()));
            table.row(
                    scene.id(),
                    scene.recipe(),
                    state(scene),
                    done(scene, tiles) + "/" + scene.plan().tileCount(),
                    scene.status().changedAt().truncatedTo(ChronoUnit.SECONDS),
                    scene.reason().isEmpty() && waits.containsKey(scene.id())
                            ? "waits for " + waits.get(scene.id()).cause().reason()
                            : scene.reason());
        }
        System.out.print(table);
    }

    /** A delivered scene has no tiles in the ledger any more when its runs were archived. */
    private static int done(Scene scene, Map<TileState, Integer> tiles) {
        return tiles.isEmpty() && scene.state() == SceneState.DELIVERED
                ? scene.plan().tileCount()
                : tiles.getOrDefault(TileState.DONE, 0);
    }

    private void listWaiting(Pipeline pipeline) {
        Ledger ledger = pipeline.ledger();
        System.out.print(WaitingTable.text(pipeline.waitingScenes().groups()));
        List<Announcement> waiting =
                ledger.read(session -> session.announcements().waiting(latest));
        if (!waiting.isEmpty()) {
            System.out.println();
            System.out.print(announcements(waiting));
            int count = ledger.read(session -> session.announcements().waitingCount());
            if (count > waiting.size()) {
                System.out.println("and " + (count - waiting.size()) + " more announced scenes");
            }
        }
        listInboxes(ledger);
    }

    private void listInboxes(Ledger ledger) {
        int count = ledger.read(session -> session.inboxEntries().count());
        if (count > 0) {
            System.out.println();
            System.out.print(InboxTable.text(
                    ledger.read(session -> session.inboxEntries().oldest(latest)), count));
        }
    }

    private static Table announcements(List<Announcement> waiting) {
        Table table = new Table("announced", "recipe", "priority", "since", "not before", "waits for");
        for (Announcement announcement : waiting) {
            table.row(
                    announcement.name(),
                    announcement.recipe(),
                    announcement.order().priority().word(),
                    announcement.receivedAt().truncatedTo(ChronoUnit.SECONDS),
                    announcement.order().notBefore().equals(Instant.EPOCH)
                            ? null
                            : announcement.order().notBefore(),
                    announcement.watch().waitsFor());
        }
        return table;
    }

    private static String state(Scene scene) {
        boolean nightly = scene.nightly() && !scene.state().terminal();
        return scene.state()
                + (nightly ? " nightly" : "")
                + (scene.status().held() ? " held" : "")
                + (scene.status().suspended() ? " suspended" : "");
    }

    private void describe(Pipeline pipeline, Scene scene) throws IOException {
        Ledger ledger = pipeline.ledger();
        System.out.println(scene.id() + ": " + Texts.line(scene.name()) + ", recipe " + scene.recipe() + ", priority "
                + scene.priority().word() + ", version " + scene.version() + ", " + state(scene));
        if (scene.nightly() && !scene.state().terminal() && !pipeline.night().lasts()) {
            System.out.println("no more tasks of this scene are submitted before the next night"
                    + pipeline.night().next().map(next -> ", at " + next).orElse(": nightly.cron is empty"));
        }
        pipeline.waitingScenes().groups().stream()
                .filter(group -> group.scenes().contains(scene.id()))
                .forEach(group -> System.out.println(Texts.line(group.sentence())));
        System.out.println(scene.plan().width() + " x " + scene.plan().height() + " pixels, "
                + scene.plan().tileCount() + " tiles "
                + ledger.read(session -> session.tiles().counts(scene.id())));
        System.out.println();
        Table history = new Table("at", "state", "reason");
        ledger.read(session -> session.scenes().history(scene.id()))
                .forEach(change -> history.row(change.at(), change.state(), change.reason()));
        System.out.println(history);
        List<Run> runs = new ArrayList<>();
        ledger.read(session -> {
            session.runs().forEach(scene.id(), scene.version(), runs::add);
            return runs;
        });
        List<Batch> batches = ledger.read(session -> session.batches().ofScene(scene.id())).stream()
                .filter(batch -> batch.version() == scene.version())
                .toList();
        System.out.println(batches(batches, runs));
        ledger.read(session -> session.unsentBatches().ofScene(scene.id()))
                .forEach(refused -> System.out.println("batch " + refused.token() + " is not queued"
                        + (refused.refusals() > 0
                                ? ", refused " + refused.refusals() + " times since " + refused.since()
                                : "")
                        + "; the cluster's last answer: " + refused.why()));
        System.out.print(new AttemptTable(batches, runs).text(scene.id(), allRuns));
        products(pipeline, scene);
        ledger.read(session -> session.archives().fileOf(scene.id()))
                .ifPresent(file -> System.out.println("older runs: archive/" + file + " on the storage"));
        System.out.println("logs and evidence of the tasks: " + logs(pipeline, scene));
    }

    private static String logs(Pipeline pipeline, Scene scene) throws IOException {
        Storage storage = pipeline.storage();
        return switch (pipeline.ledger().read(session -> session.workFolders().content(scene.id()))) {
            case WHOLE -> storage.work(scene.id()).toString();
            case STARTED -> storage.work(scene.id()) + ", which is being packed";
            case PACKED, LOGS -> {
                List<Path> packs = PackedLogs.of(storage, scene.id());
                yield packs.isEmpty() // of a scene that had no batch
                        ? "there are none"
                        : packs.stream().map(Path::toString).collect(Collectors.joining(", "))
                                + " (read with tar -xzf)";
            }
            case NONE -> "removed after keep.logs";
        };
    }

    /** Prints where the delivered version is, and where the replaced versions are that were not removed yet. */
    private static void products(Pipeline pipeline, Scene scene) {
        for (Products.Product product :
                pipeline.ledger().read(session -> session.products().of(scene.id()))) {
            if (product.replacedAt().isEmpty()) {
                System.out.println("products, version " + product.version() + ": "
                        + pipeline.storage().delivered(scene.id(), scene.recipe()));
            } else if (product.removedAt().isEmpty()) {
                System.out.println("version " + product.version() + ", replaced at "
                        + product.replacedAt().get() + ": "
                        + pipeline.storage().replaced(scene.id(), scene.recipe(), product.version()));
            }
        }
    }

    private static Table batches(List<Batch> batches, List<Run> runs) {
        Table table =
                new Table("batch", "step", "state", "job", "partition", "tasks", "runs", "waits for", "expected start");
        for (Batch batch : batches) {
            Map<RunState, Long> states = new TreeMap<>();
            String reason = "";
            Instant start = null;
            for (Run run : runs) {
                if (run.token().equals(batch.token())) {
                    states.merge(run.state(), 1L, Long::sum);
                    reason = run.facts().pending().reason().isEmpty()
                            ? reason
                            : run.facts().pending().reason();
                    start = run.facts().pending().expectedStart().orElse(start);
                }
            }
            table.row(
                    batch.token(),
                    batch.step(),
                    batch.state(),
                    batch.clusterId(),
                    batch.request().partition(),
                    batch.tasks(),
                    states,
                    reason,
                    start);
        }
        return table;
    }
}
