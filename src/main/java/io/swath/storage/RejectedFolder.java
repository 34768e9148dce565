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
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The folder of what could not be accepted: {@code rejected/NAME/} with the thing itself and {@code reason.json}. A name
 * that is taken gets a number; nothing is ever overwritten.
 *
 * <p>Thread-safe within one program; of several on one storage, one at a time may take.
 */
public final class RejectedFolder {
    static final String REASON = "reason.json";
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int LONGEST = 120;

    private final Path folder;

    public RejectedFolder(Storage storage) {
        this.folder = storage.rejected();
    }

    /**
     * Why something was rejected.
     *
     * @param name the name that it came under
     * @param recipe that it was meant for
     * @param rule the rule that it broke, in a few words with dashes
     * @param what what was wrong
     * @param remedy what to do now
     */
    public record Reason(String name, String recipe, String rule, String what, String remedy, Instant at) {}

    /**
     * Moves a file or folder here. The reason is written first: stopped in between, the thing still lies where it was,
     * and is rejected again, into the folder that was begun.
     *
     * @return the new folder that holds both
     * @throws IOException when it could not be moved; then it still lies where it was
     */
    public synchronized Path take(Path rejected, Reason reason) throws IOException {
        Path place = freshFolder(SafeName.of(reason.name(), LONGEST));
        boolean clash = rejected.getFileName().toString().equals(REASON);
        // Resolved as a path, since a name's text may not lead back to its bytes.
        Path target = clash ? place.resolve("rejected-" + REASON) : place.resolve(rejected.getFileName());
        try {
            Storage.write(place.resolve(REASON), json(reason));
            Files.move(rejected, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                return place; // it was done, and only the answer got lost
            }
            Files.deleteIfExists(place.resolve(REASON));
            Files.deleteIfExists(place);
            throw failed;
        }
        return place;
    }

    private Path freshFolder(String name) throws IOException {
        Files.createDirectories(folder);
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

    /** Whether it is one in which nothing lies yet but the reason. */
    private static boolean begun(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.map(file -> file.getFileName().toString())
                    .allMatch(name -> name.equals(REASON) || name.equals("." + REASON + ".part"));
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
