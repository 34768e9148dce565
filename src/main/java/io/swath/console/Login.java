package io.swath.console;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Checks the user and the password of HTTP basic authentication (RFC 7617). Thread-safe. */
final class Login {
    private static final Pattern BASIC = Pattern.compile("(?i)basic +([A-Za-z0-9+/]+={0,2}) *");

    private final ConsoleSettings settings;
    private final LoginDelays delays;

    Login(ConsoleSettings settings, LoginDelays delays) {
        this.settings = settings;
        this.delays = delays;
    }

    /**
     * Checks a request. A request without credentials, or with a header that is not basic authentication, counts as no
     * attempt, because it guesses nothing.
     *
     * @param authorization the header's value; null without one
     */
    LoginDelays.Attempt check(InetAddress address, String authorization) {
        if (settings.user().isEmpty()) {
            return new LoginDelays.Attempt(true, Optional.empty());
        }
        return credentials(authorization)
                .map(given -> delays.attempt(address, () -> matches(given)))
                .orElse(new LoginDelays.Attempt(false, Optional.empty()));
    }

    private static Optional<String> credentials(String authorization) {
        Matcher basic = BASIC.matcher(authorization == null ? "" : authorization);
        if (!basic.matches()) {
            return Optional.empty();
        }
        try {
            byte[] decoded = Base64.getDecoder().decode(basic.group(1));
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(decoded))
                    .toString();
            return Optional.of(text).filter(given -> given.contains(":"));
        } catch (IllegalArgumentException | CharacterCodingException notCredentials) {
            return Optional.empty();
        }
    }

    /** Compares both parts in constant time, so that the time of an answer reveals nothing about the user or the password. */
    private boolean matches(String given) {
        int colon = given.indexOf(':');
        boolean user = isEqual(given.substring(0, colon), settings.user());
        boolean password =
                isEqual(given.substring(colon + 1), settings.password().value());
        return user && password;
    }

    private static boolean isEqual(String given, String secret) {
        return MessageDigest.isEqual(sha256(given), sha256(secret));
    }

    /** Digests have one length, so the comparison does not reveal the length of the secret. */
    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException everyJavaHasIt) {
            throw new IllegalStateException(everyJavaHasIt);
        }
    }
}
