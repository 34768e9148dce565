package io.swath.cluster.slurm;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The machine on which Slurm's commands run, reached over SSH. */
public record LoginNode(String user, String host, int port) {
    private static final int SSH_PORT = 22;
    private static final Pattern TEXT =
            Pattern.compile("([A-Za-z0-9._-]+)@([A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+\\])(?::(\\d{1,5}))?");

    /**
     * Reads {@code user@host} or {@code user@host:port}.
     *
     * @throws IllegalArgumentException that says what to write
     */
    public static LoginNode parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("give user@host or user@host:port");
        }
        int port = matcher.group(3) == null ? SSH_PORT : Integer.parseInt(matcher.group(3));
        return new LoginNode(matcher.group(1), matcher.group(2), port);
    }

    /** For people: {@code user@host:port}. */
    @Override
    public String toString() {
        return user + "@" + host + ":" + port;
    }
}
