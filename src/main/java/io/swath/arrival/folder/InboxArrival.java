package io.swath.arrival.folder;

import io.swath.arrival.CopyPolicy;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.SceneFinder;
import io.swath.arrival.StorageUnavailableException;
import io.swath.arrival.UnpackedArchives;
import io.swath.arrival.folder.Candidate.Waiting;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.model.RecipeNames;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that accepts or rejects the entries of the inboxes, {@code inbox/RECIPE/}, or
 * {@code inbox/RECIPE+RECIPE/} for several recipes.
 *
 * <p>An entry that is not complete waits: the ledger records what it waits for (see
 * {@link io.swath.ledger.InboxEntries}), and it is rejected when its patience is used up. Call every method from the
 * same thread.
 */
public final class InboxArrival {
    private static final Logger log = LoggerFactory.getLogger(InboxArrival.class);
    private static final String INCIDENT = "inbox";
    private static final String LEFTOVERS = "scenes/.taken";
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
    private final StuckEntries stuck;
    /** Whether the removal of an entry may have been interrupted. */
    private boolean interrupted = true;

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
        this.stuck = new StuckEntries(incidents, steady);
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
            tidy(Stream.concat(due.stream(), waiting.stream()).toList());
            due.addAll(waitingEntries.update(waiting));
        } else {
            waitingEntries.skip();
        }
        Set<Path> dueNow =
                due.stream().map(arrived -> arrived.candidate().path()).collect(Collectors.toSet());
        stuck.all().stream()
                .filter(path -> !dueNow.contains(path) && (FolderScan.isVisible(path) || isGone(path)))
                .forEach(stuck::resolve);
        due.removeIf(arrived -> stuck.isPaused(arrived.candidate().path()));
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
                if (interrupted) {
                    resume(entry);
                }
                String recipe = entry.getFileName().toString();
                List<Candidate> candidates = scan(entry);
                boolean mustWait = !candidates.isEmpty() // otherwise no scene has come for the recipe
                        && RecipeNames.ofInbox(recipe).stream().anyMatch(recipeCheck::mustWait);
                for (Candidate found : candidates) {
                    Candidate candidate =
                            rejectedBefore(recipe, found).orElse(mustWait ? waitingForRecipe(found) : found);
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

    /** An entry that seems to wait, because its marker is gone: its rejection was interrupted, or failed. */
    private Optional<Candidate> rejectedBefore(String recipe, Candidate found) {
        boolean perhaps = found instanceof Waiting && (interrupted || stuck.holds(found.path()));
        return perhaps ? intake.rejectedBefore(recipe, found.path()).map(rejected -> rejected) : Optional.empty();
    }

    /** Finishes what was interrupted in an inbox; what cannot be finished now is an incident. */
    private void resume(Path inbox) throws IOException {
        for (Path hidden : intake.interrupted(inbox)) {
            if (!stuck.isPaused(hidden)) {
                try {
                    intake.resume(hidden);
                    stuck.resolve(hidden);
                } catch (IOException e) {
                    stuck.report(
                            hidden, "belongs to a scene that was accepted, and cannot be removed from the inbox", e);
                }
            }
        }
    }

    private void tidy(List<Arrived> entries) {
        if (!storage.missing().isEmpty()) {
            return; // the storage is not there: nothing says what was left
        }
        try {
            if (interrupted) {
                intake.forgetRemoved();
                interrupted = stuck.all().stream().anyMatch(path -> !FolderScan.isVisible(path));
            }
            intake.tidy(entries);
            incidents.resolve(LEFTOVERS);
        } catch (IOException e) {
            incidents.report(LEFTOVERS, "what interrupted copies left cannot be removed: " + e.getMessage());
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
        boolean before = interrupted;
        interrupted = true;
        try {
            intake.take(arrived.recipe(), arrived.candidate());
            interrupted = before;
            waitingEntries.forget(arrived.recipe(), path);
            stuck.resolve(path);
        } catch (IOException | RecipeException e) {
            if (isGone(path)) {
                log.info(
                        "{} is not in the inbox any more: it was removed, or Swath finishes at its next look ({})",
                        path,
                        e.toString());
            } else {
                stuck.report(path, "cannot be accepted or rejected", e);
            }
        }
    }

    private static boolean isGone(Path path) {
        return !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }
}
