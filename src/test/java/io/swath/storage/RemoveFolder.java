package io.swath.storage;

import java.io.IOException;
import java.nio.file.Path;

/** A program that removes the folder that its argument names, for tests that need another user. */
final class RemoveFolder {
    private RemoveFolder() {}

    public static void main(String[] arguments) throws IOException {
        Removal.remove(Path.of(arguments[0]));
    }
}
