package io.swath.console;

import io.swath.health.GrowingPause;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Slows the guessing of passwords. After a few wrong passwords from an address, the next password from this address is
 * checked only after a delay. The delay doubles with each wrong password. Other addresses are not delayed.
 *
 * <p>An IPv6 network of 64 bits counts as one address, because one machine may use all addresses of its network. A bounded
 * number of addresses is remembered; the address whose last wrong password is the oldest is forgotten first. Thread-safe.
 */
final class LoginDelays {
    /** Wrong passwords without a delay, for a person who types. */
    static final int FREE = 3;

    private static final GrowingPause DELAY = new GrowingPause(Duration.ofSeconds(1), Duration.ofMinutes(1));
    /** After this long without a wrong password, an address starts again. */
    static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);

    static final int MOST_ADDRESSES = 10_000;

    private record Failures(int count, Instant last) {
        Instant blockedUntil() {
            return last.plus(DELAY.after(count - FREE + 1));
        }
    }

    private final Clock clock;
    private final Map<String, Failures> byAddress = new LinkedHashMap<>();

    LoginDelays(Clock clock) {
        this.clock = clock;
    }

    /**
     * What became of an attempt.
     *
     * @param retryAfter how long the address must wait; empty if the password was checked
     */
    record Attempt(boolean correct, Optional<Duration> retryAfter) {}

    /** Checks a password, unless its address must wait. Attempts are made one after the other, so that each one counts. */
    synchronized Attempt attempt(InetAddress address, BooleanSupplier password) {
        String key = key(address);
        Instant now = clock.instant();
        Failures before = byAddress.get(key);
        if (before != null && before.last().plus(FORGOTTEN_AFTER).isBefore(now)) {
            byAddress.remove(key);
            before = null;
        }
        if (before != null && now.isBefore(before.blockedUntil())) {
            return new Attempt(false, Optional.of(Duration.between(now, before.blockedUntil())));
        }
        if (password.getAsBoolean()) {
            byAddress.remove(key);
            return new Attempt(true, Optional.empty());
        }
        byAddress.remove(key); // put again at the end: the map's order is that of the last wrong password
        byAddress.put(key, new Failures(before == null ? 1 : before.count() + 1, now));
        if (byAddress.size() > MOST_ADDRESSES) {
            byAddress.remove(byAddress.keySet().iterator().next());
        }
        return new Attempt(false, Optional.empty());
    }

    synchronized int size() {
        return byAddress.size();
    }

    private static String key(InetAddress address) {
        byte[] bytes = address.getAddress();
        boolean wide = address instanceof Inet6Address && !address.isLoopbackAddress();
        return HexFormat.of().formatHex(wide ? Arrays.copyOf(bytes, 8) : bytes);
    }
}
