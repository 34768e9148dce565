package io.swath.arrival.folder;

import io.swath.arrival.ContentKey;
import io.swath.arrival.SceneName;
import io.swath.arrival.SceneRegistry;
import io.swath.arrival.folder.Candidate.Rejected;
import io.swath.ledger.Ledger;
import io.swath.model.RecipeNames;
import io.swath.model.Scene;
import io.swath.model.SceneState;
import io.swath.storage.RejectedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves inbox entries to the rejected folder. The ledger is written first, then the marker is removed, then the entry is
 * moved. So no marker declares a later entry of that name complete, and the reason is not lost with the marker: after an
 * interruption {@link #begun} finds it in the ledger. Not thread-safe.
 */
final class EntryRejection {
    /** The rule that an entry breaks when its scene is already known. This rejection adds no scene to the ledger. */
    static final String DUPLICATE = "scene-is-new";

    private static final Logger log = LoggerFactory.getLogger(EntryRejection.class);
    private static final String AFTER_RULE = ": ";
    private static final String AFTER_WHAT = ". ";

    private final Ledger ledger;
    private final SceneRegistry registry;
    private final RejectedFolder rejections;
    private final Clock clock;

    EntryRejection(Ledger ledger, SceneRegistry registry, RejectedFolder rejections, Clock clock) {
        this.ledger = ledger;
        this.registry = registry;
        this.rejections = rejections;
        this.clock = clock;
    }

    /**
     * Rejects an entry; safe to repeat.
     *
     * @param inbox the name of its inbox, which may join several recipes
     * @throws IOException when it could not be moved; the entry is still in the inbox
     */
    void reject(String inbox, Rejected rejected) throws IOException {
        Path path = rejected.path();
        String name = path.getFileName().toString();
        if (!rejected.rule().equals(DUPLICATE)) {
            for (String recipe : RecipeNames.ofInbox(inbox)) {
                registry.reject(
                        name,
                        recipe,
                        ContentKey.unread(recipe, path),
                        rejected.rule() + AFTER_RULE + rejected.what() + AFTER_WHAT + rejected.remedy());
            }
        }
        removeMarkerOf(path);
        RejectedFolder.Reason reason = new RejectedFolder.Reason(
                name, inbox, rejected.rule(), rejected.what(), rejected.remedy(), clock.instant());
        Path place = rejections.take(path, reason, step -> ledger.guard(step::run));
        InboxCompanions.move(path, place, Set.of());
        log.warn("{} is rejected: {}. {} It is now in {}", name, rejected.what(), rejected.remedy(), place);
    }

    /** The rejection that the ledger has of an entry, which has not been changed since. */
    Optional<Rejected> begun(String inbox, Path path) {
        try {
            String recipe = RecipeNames.ofInbox(inbox).get(0);
            String key = ContentKey.unread(recipe, path);
            String id = SceneName.id(path.getFileName().toString(), key);
            return ledger.read(session -> session.scenes().find(id))
                    .filter(scene -> scene.state() == SceneState.REJECTED
                            && scene.recipe().equals(recipe)
                            && scene.arrival().contentKey().equals(key))
                    .map(scene -> rejected(path, scene));
        } catch (IOException gone) {
            log.debug("it was removed, or cannot be read now entry={}", path, gone);
            return Optional.empty();
        }
    }

    private static Rejected rejected(Path path, Scene scene) {
        String reason = scene.reason();
        int what = reason.indexOf(AFTER_RULE) + AFTER_RULE.length();
        int end = reason.indexOf(AFTER_WHAT, what);
        int remedy = end < 0 ? reason.length() : end + AFTER_WHAT.length();
        return new Rejected(
                path,
                reason.substring(0, what - AFTER_RULE.length()),
                reason.substring(what, end < 0 ? reason.length() : end),
                reason.substring(remedy));
    }

    /** A marker that cannot be removed waits, and is rejected by itself later. */
    private static void removeMarkerOf(Path entry) {
        for (Path marker : FolderScan.markersOf(entry)) {
            try {
                if (Files.isRegularFile(marker, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(marker);
                    return;
                }
            } catch (IOException failed) {
                log.info("the marker of a rejected entry cannot be removed marker={}", marker, failed);
            }
        }
    }
}
