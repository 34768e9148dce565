package io.swath.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The folder of rejected files: {@code rejected/NAME/} holds the rejected file or folder and {@code reason.json}. If the
 * name exists, a number is added to it; nothing is ever overwritten.
 *
 * <p>Thread-safe within one program. Of several programs on one storage, only one may call {@link #take} at a time.
 */
public final class RejectedFolder {
    static final String REASON = "reason.json";
    /** What an interrupted call leaves. */
    private static final Set<String> UNFINISHED = Set.of(REASON, "." + REASON + ".part", Relocation.PART);

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int LONGEST = 120;

    private final Path folder;

    public RejectedFolder(Storage storage) {
        this.folder = storage.rejected();
    }

    /**
     * The content of {@code reason.json}.
     *
     * @param name the name under which the scene came
     * @param recipe the recipe for which the scene came
     * @param rule the rule that the scene broke, as words with dashes
     * @param what what was wrong
     * @param remedy what to do now
     */
    public record Reason(String name, String recipe, String rule, String what, String remedy, Instant at) {}

    /**
     * Moves a file or folder here, from another file system too. The reason is written first. If Swath stops before the
     * move, the file is still in its place, and the next call moves it into the folder that already has the reason.
     *
     * @param guard makes each change
     * @return the new folder that holds the file and its reason
     * @throws IOException when the file could not be moved; then it is still in its place
     */
    public synchronized Path take(Path rejected, Reason reason, Relocation.Guard guard) throws IOException {
        Path place = guard.run(() -> freshFolder(SafeName.of(reason.name(), LONGEST)));
        boolean clash = rejected.getFileName().toString().equals(REASON);
        // The name is resolved as a path, because a text loses the bytes of a name that is not valid UTF-8.
        Path target = clash ? place.resolve("rejected-" + REASON) : place.resolve(rejected.getFileName());
        try {
            guard.run(() -> {
                DurableFiles.write(place.resolve(REASON), json(reason));
                return place;
            });
            Relocation.move(rejected, target, guard);
        } catch (IOException failed) {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                if (Files.exists(rejected, LinkOption.NOFOLLOW_LINKS)) {
                    throw failed; // it was copied from another file system, and could not be removed there
                }
                return place; // the move succeeded, and only its answer was lost (NFS)
            }
            Files.deleteIfExists(place.resolve(REASON));
            Files.deleteIfExists(place);
            throw failed;
        }
        return place;
    }

    private Path freshFolder(String name) throws IOException {
        if (!Files.isDirectory(folder)) { // it may be a link to one
            Files.createDirectories(folder);
        }
        Path place = folder.resolve(name);
        for (int number = 2; !created(place) && !begun(place); number++) {
            place = folder.resolve(name + "-" + number);
        }
        return place;
    }

    private static boolean created(Path place) throws IOException {
        try {
            Files.createDirectory(
                    place, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---")));
            return true;
        } catch (FileAlreadyExistsException taken) {
            return false;
        }
    }

    /** Whether a folder holds nothing but a reason: an earlier call was interrupted. */
    private static boolean begun(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.map(file -> file.getFileName().toString()).allMatch(UNFINISHED::contains);
        } catch (NotDirectoryException file) {
            return false;
        }
    }

    private static String json(Reason reason) throws JsonProcessingException {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("name", reason.name());
        fields.put("recipe", reason.recipe());
        fields.put("rule", reason.rule());
        fields.put("what", reason.what());
        fields.put("remedy", reason.remedy());
        fields.put("at", reason.at().toString());
        return JSON.writeValueAsString(fields) + "\n";
    }
}
