package io.swath.app.routes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingDeque;
import org.apache.sshd.client.session.ClientSession;

/**
 * The sessions with the login node. A session is used by one command at a time and is kept for the next command, so
 * commands that follow one another need one session.
 *
 * <p>A session is not used again when the key or the list of known hosts has changed since it was opened. Thread-safe.
 */
final class LoginSessions {
    private static final int MOST_IDLE = 4;

    private final List<Path> files;
    /** The session that was used last is first, so that sessions that are seldom needed stay at the end. */
    private final BlockingDeque<Opened> idle = new LinkedBlockingDeque<>(MOST_IDLE);

    private final Map<ClientSession, Use> inUse = new ConcurrentHashMap<>();

    private record Opened(ClientSession session, List<String> versions) {}

    private record Use(Opened opened, long sinceNanos) {}

    /** @param files what decides who may log in where: the key and the list of known hosts */
    LoginSessions(List<Path> files) {
        this.files = List.copyOf(files);
    }

    /** An idle session that is open, for the caller alone until {@link #giveBack} or {@link #drop}. */
    Optional<ClientSession> take() {
        List<String> now = versions();
        for (Opened opened = idle.pollFirst(); opened != null; opened = idle.pollFirst()) {
            if (opened.session().isOpen() && opened.versions().equals(now)) {
                inUse.put(opened.session(), new Use(opened, System.nanoTime()));
                return Optional.of(opened.session());
            }
            opened.session().close(true);
        }
        return Optional.empty();
    }

    /**
     * Records that a session was opened for a command.
     *
     * @param versions what {@link #versions} returned before that
     * @param startedNanos when it began to be opened, by {@link System#nanoTime}
     */
    void add(ClientSession session, List<String> versions, long startedNanos) {
        inUse.put(session, new Use(new Opened(session, versions), startedNanos));
    }

    /** Keeps a session whose command has ended. */
    void giveBack(ClientSession session) {
        Use use = inUse.remove(session);
        if (use == null || !session.isOpen() || !idle.offerFirst(use.opened())) {
            session.close(true);
        }
    }

    /** Closes a session that cannot be used again. */
    void drop(ClientSession session) {
        inUse.remove(session);
        session.close(true);
    }

    /** Closes the sessions whose command has had no answer for so long. The caller that waits for the answer gets an exception. */
    void closeUnanswered(Duration limit) {
        inUse.forEach((session, use) -> {
            if (System.nanoTime() - use.sinceNanos() >= limit.toNanos()) {
                drop(session);
            }
        });
    }

    /** Size, time and identity of the files, by which a change is seen. */
    List<String> versions() {
        List<String> versions = new ArrayList<>();
        for (Path file : files) {
            try {
                BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
                versions.add(now.size() + " " + now.lastModifiedTime() + " " + now.fileKey());
            } catch (IOException unreadable) {
                versions.add(unreadable.toString()); // the next login reports it
            }
        }
        return versions;
    }
}
