package io.swath.storage;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.util.Map;

/** The functions of the C library that Java lacks. Thread-safe. */
interface LibC extends Library {
    /** rename(2); glibc has it from 2.28 on. */
    int renameat2(int fromFolder, String from, int toFolder, String to, int flags) throws LastErrorException;

    /** open(2); the name is its bytes with a zero byte at the end. */
    int openat(int folder, byte[] name, int flags) throws LastErrorException;

    /** fcntl(2), for commands whose argument is a number. */
    int fcntl(int descriptor, int command, Object... argument) throws LastErrorException;

    /** close(2). */
    int close(int descriptor) throws LastErrorException;

    /** @throws UnsatisfiedLinkError when the library cannot be called on this machine */
    static LibC get() {
        return Holder.LIBRARY;
    }

    /** Loads the library at the first use. */
    final class Holder {
        // Encode the names as Java's own file functions do.
        private static final LibC LIBRARY = Native.load(
                "c", LibC.class, Map.of(Library.OPTION_STRING_ENCODING, System.getProperty("sun.jnu.encoding")));

        private Holder() {}
    }
}
