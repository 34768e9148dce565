package io.swath.app.settings;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Collection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes passwords from this process's environment. Every program of the same user can read the environment with which a
 * process was started ({@code /proc/PID/environ}, proc(5)), and so can jobs on the local cluster. The file shows the
 * process's own memory, so that what is overwritten there is gone. Stateless.
 */
final class SecretEnvironment {
    private static final Logger log = LoggerFactory.getLogger(SecretEnvironment.class);

    private interface LibC extends Library {
        Pointer getenv(String name);
    }

    private SecretEnvironment() {}

    /** Overwrites the values of variables; a variable that is not set is no error. */
    static void overwrite(Collection<String> names) {
        try {
            LibC library = Native.load("c", LibC.class);
            for (String name : names) {
                Pointer value = library.getenv(name);
                if (value != null) {
                    value.setMemory(0, value.indexOf(0, (byte) 0), (byte) '*');
                }
            }
        } catch (UnsatisfiedLinkError | NoClassDefFoundError unknown) {
            log.warn(
                    "Passwords in Swath's environment stay readable for programs of the same user: {}",
                    unknown.toString());
        }
    }
}
