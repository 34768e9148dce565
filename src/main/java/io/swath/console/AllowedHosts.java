package io.swath.console;

import io.swath.model.Loopback;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host names under which a server on a loopback address may be asked. A web page elsewhere can make its own name lead to
 * 127.0.0.1 (DNS rebinding), and then read from a browser on this machine what the server answers. The browser sends that
 * name in the request. So a request is answered only if it names an IP address, localhost, this machine, or a name from the
 * settings. Immutable.
 */
final class AllowedHosts {
    private static final Logger log = LoggerFactory.getLogger(AllowedHosts.class);

    /** An IPv4 or IPv6 address. A name that consists of numbers cannot be registered, and no name has a colon. */
    private static final Pattern ADDRESS =
            Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[?[0-9a-f.]*:[0-9a-f:.]*(%[0-9a-z]+)?]?");

    private final Set<String> names = new HashSet<>();

    /** @param names besides localhost */
    AllowedHosts(Collection<String> names) {
        this.names.add("localhost");
        names.stream().map(AllowedHosts::plain).forEach(this.names::add);
    }

    /** With the names that this machine has in {@code /etc/hosts}, and more. It asks no name server. */
    static AllowedHosts ofThisMachine(List<String> more) {
        Set<String> names = new HashSet<>(more);
        lines(Path.of("/proc/sys/kernel/hostname")).map(String::strip).forEach(names::add);
        lines(Path.of("/etc/hosts"))
                .map(line -> Arrays.asList(line.replaceFirst("#.*", "").strip().split("\\s+")))
                .filter(line -> Loopback.matches(line.get(0)) || line.stream().anyMatch(names::contains))
                .toList()
                .forEach(names::addAll);
        names.remove("");
        return new AllowedHosts(names);
    }

    boolean contains(String host) {
        String plain = plain(host);
        return names.contains(plain)
                || Loopback.matches(plain)
                || ADDRESS.matcher(plain).matches();
    }

    /** The name in lower case, without the dot of a name that is complete. */
    private static String plain(String host) {
        String lower = host.strip().toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readString(file).lines();
        } catch (IOException e) {
            log.debug("{} cannot be read", file, e);
            return Stream.empty();
        }
    }
}
