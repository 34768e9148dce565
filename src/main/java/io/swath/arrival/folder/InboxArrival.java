package io.swath.arrival.folder;

import io.swath.arrival.CopyPolicy;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.SceneFinder;
import io.swath.arrival.StorageUnavailableException;
import io.swath.arrival.UnpackedArchives;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Storage;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that accepts or rejects the entries of the inboxes, {@code inbox/RECIPE/}.
 *
 * <p>An entry that is not complete waits: the ledger records what it waits for (see
 * {@link io.swath.ledger.InboxEntries}), and it is rejected when its patience is used up. Call every method from the
 * same thread.
 */
public final class InboxArrival {
    private static final Logger log = LoggerFactory.getLogger(InboxArrival.class);
    private static final String INCIDENT = "inbox";
    /** Of a file that lies beside the inboxes and not in one. */
    private static final String NO_RECIPE = "";

    private final Storage storage;
    private final RecipeCheck recipeCheck;
    private final Duration settle;
    private final Duration uploadPatience;
    private final Incidents incidents;
    private final WaitingEntries waitingEntries;
    private final SceneEntries sceneEntries;
    private final EntryIntake intake;
    private final Map<Path, FolderScan> scans = new HashMap<>();
    /** Entries that could not be moved at the last attempt; each has an incident. */
    private final Set<Path> stuck = new HashSet<>();

    /**
     * Reads the inboxes of a storage.
     *
     * @param settle how long an entry without a marker must stand still
     * @param patience how long an entry may wait before it is rejected; positive
     * @param uploadPatience how long a file whose header says that more must come may stand still
     * @param copy when the files are copied
     * @param clock the wall clock
     * @param steady a clock that only runs forward
     */
    public InboxArrival(
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            RecipeCheck recipeCheck,
            RejectedFolder rejections,
            Duration settle,
            Duration patience,
            Duration uploadPatience,
            CopyPolicy copy,
            Incidents incidents,
            Clock clock,
            Clock steady) {
        this.storage = storage;
        this.recipeCheck = recipeCheck;
        this.settle = settle;
        this.uploadPatience = uploadPatience;
        this.incidents = incidents;
        this.waitingEntries = new WaitingEntries(ledger, patience, clock, steady);
        this.sceneEntries = new SceneEntries(
                new SceneFinder(new UnpackedArchives(storage, ".unpacked", Duration.ZERO, clock)),
                recipes,
                storage.root());
        this.intake = new EntryIntake(ledger, storage, recipes, sceneEntries, rejections, copy.ofInbox(), clock);
    }

    /** The entries to accept or reject now. Updates the ledger's record of the entries that wait. */
    public List<Arrived> due() {
        recipeCheck.look();
        List<Arrived> due = new ArrayList<>();
        List<Arrived> waiting = new ArrayList<>();
        if (lookIntoInboxes(due, waiting)) {
            due.addAll(waitingEntries.update(waiting));
        } else {
            waitingEntries.skip();
        }
        Set<Path> dueNow =
                due.stream().map(arrived -> arrived.candidate().path()).collect(Collectors.toSet());
        stuck.stream().filter(path -> !dueNow.contains(path)).toList().forEach(this::resolve);
        return due;
    }

    /** Whether the storage answered; if not, the lists are incomplete. */
    private boolean lookIntoInboxes(List<Arrived> due, List<Arrived> waiting) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(storage.inbox(), FolderScan::isVisible)) {
            for (Path entry : entries) {
                if (!Files.isDirectory(entry)) {
                    waiting.add(new Arrived(NO_RECIPE, waitingForAnInbox(entry)));
                    continue;
                }
                String recipe = entry.getFileName().toString();
                for (Candidate found : scan(entry)) {
                    Candidate candidate = recipeCheck.mustWait(recipe) ? waitingForRecipe(found) : found;
                    (candidate instanceof Waiting ? waiting : due).add(new Arrived(recipe, candidate));
                }
            }
            sceneEntries.releaseGone();
            incidents.resolve(INCIDENT);
            return true;
        } catch (IOException | DirectoryIteratorException | StorageUnavailableException e) {
            incidents.report(INCIDENT, "the inbox cannot be read: " + e.getMessage());
            return false;
        }
    }

    private List<Candidate> scan(Path folder) {
        return scans.computeIfAbsent(
                        folder, path -> new FolderScan(path, storage.root(), sceneEntries, settle, uploadPatience))
                .scan();
    }

    private Waiting waitingForAnInbox(Path file) {
        return new Waiting(file, "a recipe: move it into inbox/RECIPE/", true);
    }

    /** The sender cannot correct a recipe, so this wait never counts towards the patience. */
    private Waiting waitingForRecipe(Candidate candidate) {
        if (candidate instanceof Waiting waiting) {
            return new Waiting(waiting.path(), waiting.missing(), false);
        }
        return new Waiting(candidate.path(), "a recipe that can be used", false);
    }

    /** Accepts or rejects an entry. An entry that cannot be moved stays in the inbox and is reported as an incident. */
    public void take(Arrived arrived) {
        Path path = arrived.candidate().path();
        try {
            intake.take(arrived.recipe(), arrived.candidate());
            waitingEntries.forget(arrived.recipe(), path);
            resolve(path);
        } catch (IOException | RecipeException e) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                stuck.add(path);
                incidents.report(incident(path), path + " cannot be accepted or rejected: " + e.getMessage());
            } else {
                log.info("{} was removed from the inbox before it could be accepted", path);
            }
        }
    }

    private void resolve(Path path) {
        stuck.remove(path);
        incidents.resolve(incident(path));
    }

    private static String incident(Path path) {
        return "arrival of " + path.getParent().getFileName() + "/" + path.getFileName();
    }
}
