package io.swath.arrival.station;

import io.swath.arrival.FilesSnapshot;
import io.swath.arrival.IncompleteFiles;
import io.swath.arrival.NeededBands;
import io.swath.arrival.ProductInput;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.SceneFinder;
import io.swath.arrival.SceneInput;
import io.swath.arrival.UnpackException;
import io.swath.arrival.station.LookResult.Finish;
import io.swath.arrival.station.LookResult.Reject;
import io.swath.arrival.station.LookResult.Take;
import io.swath.model.Announcement;
import io.swath.model.Recipe;
import io.swath.model.RejectedException;
import io.swath.model.Rejection;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import io.swath.storage.FileInUseException;
import io.swath.storage.OpenFiles;
import io.swath.untrusted.BadMessageException;
import io.swath.untrusted.archive.IncompleteArchiveException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the files of an announced scene and decides what is to be done. It changes nothing,
 * but for the archives that it unpacks. Not thread-safe. */
final class SceneLook {
    private static final Logger log = LoggerFactory.getLogger(SceneLook.class);

    private final RecipeBook recipes;
    private final RecipeCheck recipeCheck;
    private final AllowedPaths allowedPaths;
    private final AnnouncementIntake intake;
    private final WaitRules waitRules;
    private final SceneFinder finder;

    SceneLook(
            RecipeBook recipes,
            RecipeCheck recipeCheck,
            AllowedPaths allowedPaths,
            AnnouncementIntake intake,
            WaitRules waitRules,
            SceneFinder finder) {
        this.recipes = recipes;
        this.recipeCheck = recipeCheck;
        this.allowedPaths = allowedPaths;
        this.intake = intake;
        this.waitRules = waitRules;
        this.finder = finder;
    }

    /** {@code now} is in milliseconds of the station clock. */
    LookResult look(Announcement announcement, long now) {
        Optional<Path> path = Optional.empty();
        List<Recipe> wanted = List.of();
        try {
            if (intake.canFinish(announcement)) {
                return new Finish(announcement.sceneId().orElseThrow());
            }
            SceneMessage message = SceneMessage.of(announcement.message().body());
            path = message.path().map(allowedPaths::locate);
            allowedPaths.requireMounted(path.stream().toList());
            if (recipeCheck.mustWait(announcement.recipe())) {
                return waitRules.waitForRecipe(announcement, now);
            }
            Recipe recipe = findRecipe(announcement.recipe());
            wanted = List.of(recipe);
            return lookAtFiles(announcement, message, path, recipe, now);
        } catch (RejectedException rejected) {
            if (path.filter(Files::isDirectory).isPresent() && SceneFinder.mayBeIncomplete(rejected, wanted)) {
                return waitRules.waitForMissing(announcement, "path", SceneFinder.waitsFor(rejected), now);
            }
            return rejectWhenStill(announcement, path, Rejections.of(rejected), now);
        } catch (RecipeException brokenSinceTheCheck) {
            return waitRules.waitForRecipe(announcement, now);
        } catch (AccessDeniedException e) {
            String right = "the right to read " + e.getFile() + " (give the user that runs Swath access)";
            return waitRules.waitForMissing(announcement, "path", right, now);
        } catch (FileInUseException e) {
            String end = "its writer to close it (" + e.getMessage() + ")";
            return waitRules.waitForUse(announcement, end, now);
        } catch (IncompleteArchiveException e) {
            return waitRules.waitForMissing(
                    announcement, "path", "the rest of the archive (" + e.getMessage() + ")", now);
        } catch (UnpackException e) {
            return waitRules.waitForUse(announcement, e.waitsFor(), now);
        } catch (IOException e) {
            return waitRules.waitForStorage(announcement, e, now);
        } catch (NullPointerException | IllegalArgumentException | IndexOutOfBoundsException defect) {
            // Whatever the scene holds, the others are looked at.
            log.warn("a scene cannot be looked at, because of a defect in Swath path={}", path, defect);
            return waitRules.waitForStorage(announcement, new IOException("a defect in Swath: " + defect, defect), now);
        }
    }

    /** Removes what was unpacked of an announced archive, once the announcement needs it no more. */
    void release(Announcement announcement) throws IOException {
        try {
            Optional<Path> path =
                    SceneMessage.of(announcement.message().body()).path().map(allowedPaths::locate);
            if (path.isPresent()) {
                finder.release(path.get());
            }
        } catch (RejectedException noAllowedPath) {
            return; // nothing was unpacked of it; its rejection says why
        }
    }

    /** Removes what was unpacked of archives that are gone. */
    void tidy() throws IOException {
        finder.releaseGone();
    }

    private LookResult lookAtFiles(
            Announcement announcement, SceneMessage message, Optional<Path> path, Recipe recipe, long now)
            throws IOException {
        if (path.isPresent() && finder.mustUnpack(path.get(), allowedPaths.roots())) {
            FilesSnapshot archive = FilesSnapshot.of(List.of(path.get()));
            // An archive is unpacked only when it is complete, as far as this can be seen.
            if (message.sha256().isEmpty() && !waitRules.isStill(announcement, archive, now)) {
                return waitRules.waitUntilStill(announcement, archive, now);
            }
        }
        OptionalLong unpacked =
                path.isPresent() ? finder.unpacking(path.get(), allowedPaths.roots()) : OptionalLong.empty();
        if (unpacked.isPresent()) {
            return waitRules.waitForUnpacking(announcement, SceneFinder.unpackingText(unpacked.getAsLong()), now);
        }
        SceneInput input = input(message, path, NeededBands.of(recipe));
        allowedPaths.requireMounted(input.files());
        input.check();
        List<Path> missing = input.missing();
        if (!missing.isEmpty() && input instanceof ProductInput product) {
            return waitRules.waitForMissing(announcement, "path", product.missingText(), now);
        }
        if (!missing.isEmpty()) {
            return waitRules.waitForMissing(
                    announcement, path.isPresent() ? "path" : "item", IncompleteFiles.shown(missing, Path.of("")), now);
        }
        allowedPaths.rejectLayout(input.files());
        FilesSnapshot snapshot = FilesSnapshot.of(input.files());
        // A checksum of the only file proves that the file is complete.
        boolean proven = message.sha256().isPresent()
                && path.isPresent()
                && input.files().size() == 1;
        if (!proven && !waitRules.isStill(announcement, snapshot, now)) {
            return waitRules.waitUntilStill(announcement, snapshot, now);
        }
        Optional<Path> open = proven ? Optional.empty() : OpenFiles.firstOpenForWriting(input.files());
        return open.isPresent()
                ? waitRules.waitForUse(
                        announcement, "the program that has " + open.get() + " open for writing to close it", now)
                : new Take(input, recipe, input.contentKey(recipe.name()), snapshot);
    }

    private SceneInput input(SceneMessage message, Optional<Path> path, NeededBands bands) throws IOException {
        return path.isPresent()
                ? finder.find(path.get(), message.sha256(), allowedPaths.roots(), bands)
                : SceneInput.described(
                        message.item().orElseThrow().toString(), allowedPaths.base(), allowedPaths.roots(), bands);
    }

    private Recipe findRecipe(String name) {
        return recipes.find(name).orElseThrow(() -> new BadMessageException(Rejections.unknownRecipe(name, recipes)));
    }

    /** A file that looks wrong may still be incomplete, so it is rejected only after it has stood still. */
    private LookResult rejectWhenStill(Announcement announcement, Optional<Path> path, Rejection rejection, long now) {
        try {
            if (path.isPresent() && Files.exists(path.get())) {
                FilesSnapshot snapshot = FilesSnapshot.of(List.of(path.get()));
                if (!waitRules.isStill(announcement, snapshot, now)) {
                    return waitRules.waitUntilStill(announcement, snapshot, now);
                }
            }
            return new Reject(rejection);
        } catch (IOException e) {
            return waitRules.waitForStorage(announcement, e, now);
        }
    }
}
