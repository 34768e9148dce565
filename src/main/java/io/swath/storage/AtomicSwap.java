package io.swath.storage;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Swaps two files or folders of one file system in one step, so that both names exist at every moment: Linux's
 * {@code renameat2} with {@code RENAME_EXCHANGE} (rename(2); glibc has it from 2.28 on). Thread-safe.
 */
public final class AtomicSwap {
    private static final Logger log = LoggerFactory.getLogger(AtomicSwap.class);
    private static final int AT_WORKING_FOLDER = -100; // AT_FDCWD
    private static final int EXCHANGE = 2; // RENAME_EXCHANGE
    /** EPERM, EINVAL, ENOSYS, EOPNOTSUPP: the file system (some NFS), the kernel or a sandbox does not support it. */
    private static final Set<Integer> NOT_SUPPORTED = Set.of(1, 22, 38, 95);

    private AtomicSwap() {}

    /**
     * Swaps two paths.
     *
     * @return false when the file system or the machine does not support the swap; then nothing has changed
     * @throws IOException when the swap failed; then nothing has changed
     */
    public static boolean swap(Path one, Path other) throws IOException {
        try {
            LibC.get().renameat2(AT_WORKING_FOLDER, one.toString(), AT_WORKING_FOLDER, other.toString(), EXCHANGE);
            return true;
        } catch (UnsatisfiedLinkError | NoClassDefFoundError unknown) {
            log.debug("renameat2 cannot be called", unknown);
            return false;
        } catch (LastErrorException rejected) {
            if (NOT_SUPPORTED.contains(rejected.getErrorCode())) {
                log.debug("{} and {} cannot be swapped", one, other, rejected);
                return false;
            }
            throw new IOException(
                    "Tried to swap " + one + " and " + other + " but failed because of " + rejected.getMessage(),
                    rejected);
        }
    }
}
