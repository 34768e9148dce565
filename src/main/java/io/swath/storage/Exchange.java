package io.swath.storage;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets two paths of one file system change places in one step, so that there is something under either name at every
 * moment: Linux's {@code renameat2} with {@code RENAME_EXCHANGE} (rename(2); glibc has it from 2.28 on). Thread-safe.
 */
public final class Exchange {
    private static final Logger log = LoggerFactory.getLogger(Exchange.class);
    private static final int HERE = -100; // AT_FDCWD
    private static final int EXCHANGE = 2; // RENAME_EXCHANGE
    /** EPERM, EINVAL, ENOSYS, EOPNOTSUPP: file system, kernel or sandbox have no such thing; some NFS, for one. */
    private static final Set<Integer> NOT_POSSIBLE = Set.of(1, 22, 38, 95);

    private interface LibC extends Library {
        int renameat2(int fromFolder, String from, int toFolder, String to, int flags) throws LastErrorException;
    }

    private Exchange() {}

    /**
     * Exchanges them.
     *
     * @return false, and nothing done, where the file system or the machine cannot
     * @throws IOException when it could, and it did not work; nothing is done then either
     */
    public static boolean of(Path one, Path other) throws IOException {
        try {
            // The names as this program's own file functions write them.
            LibC library = Native.load(
                    "c", LibC.class, Map.of(Library.OPTION_STRING_ENCODING, System.getProperty("sun.jnu.encoding")));
            library.renameat2(HERE, one.toString(), HERE, other.toString(), EXCHANGE);
            return true;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError unknown) {
            log.debug("renameat2 cannot be called", unknown);
            return false;
        } catch (LastErrorException rejected) {
            if (NOT_POSSIBLE.contains(rejected.getErrorCode())) {
                log.debug("{} and {} cannot be exchanged", one, other, rejected);
                return false;
            }
            throw new IOException(
                    "tried to exchange " + one + " and " + other + " but: " + rejected.getMessage(), rejected);
        }
    }
}
