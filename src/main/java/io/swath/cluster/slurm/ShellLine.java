package io.swath.cluster.slurm;

import io.swath.cluster.ClusterException;
import io.swath.cluster.UnreachableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes a command as one line for the login shell of a login node, because SSH passes one line and not separate words;
 * and reads what the login shell printed. Stateless.
 *
 * <p>The login shell may be any: sh, bash, zsh, tcsh, fish, rbash. So the line holds nothing but {@code sh -c} and one
 * word in single quotes, without a character that one of these shells treats as special in single quotes: {@code '}
 * (all), {@code !} and the newline (csh(1)), {@code \'} and {@code \\} (fish(1)). Such characters, and all that are not
 * ASCII, are written as {@code \0ooo}, which sh reads with {@code printf %b} (POSIX printf(1)). The script that sh gets
 * puts every word of the command in single quotes where it needs them.
 *
 * <p>A login shell's start-up files may print. So the script prints a mark before the command's output and a mark with
 * the exit status behind it. An answer without the first mark was not given by the command; an answer without the second
 * is truncated.
 *
 * <p>The search path and {@code SLURM_CONF} are those of the login node, because Slurm is often installed outside the
 * usual folders. {@code timeout} (timeout(1)) ends the command on the login node when Swath no longer waits for it.
 */
public final class ShellLine {
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final String BEGIN = "=swath=begin=";
    private static final String END = "=swath=end=";
    /** Printable characters that some shell, or {@code printf %b}, treats as special. */
    private static final String SPECIAL = "'!\\\"$`";

    private static final Pattern STATUS = Pattern.compile("(\\d{1,3})\n");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./=:,@%+-]+");

    private ShellLine() {}

    /** The line for a command that the login node ends after the given time. */
    public static String of(Command command, Duration limit) {
        String words = words(command.argv());
        String script = "echo " + BEGIN + "; echo " + BEGIN + " >&2; "
                + "env -i PATH=\"$PATH:/usr/local/bin:/usr/bin:/bin\" HOME=\"$HOME\" USER=\"$USER\" LOGNAME=\"$LOGNAME\""
                + " ${SLURM_CONF:+\"SLURM_CONF=$SLURM_CONF\"}"
                + " LANG=C.UTF-8 TZ=UTC SLURM_BITSTR_LEN=0"
                + " timeout -k " + GRACE.toSeconds() + " " + Math.max(1, limit.toSeconds()) + " " + words
                + " </dev/null; status=$?; echo; echo " + END + "$status; exit $status";
        return "sh -c 'eval \"$(printf %b \"" + escape(script) + "\")\"'";
    }

    /** The words of a command as sh(1) reads them. */
    static String words(List<String> argv) {
        return argv.stream().map(ShellLine::quote).collect(Collectors.joining(" "));
    }

    /** The word in single quotes if it needs them; a single quote within it as {@code '\''}. */
    private static String quote(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    private static String escape(String script) {
        StringBuilder escaped = new StringBuilder(script.length() * 2);
        for (byte octet : script.getBytes(StandardCharsets.UTF_8)) {
            if (octet < ' ' || octet == 0x7f || SPECIAL.indexOf(octet) >= 0) { // bytes above 0x7f are negative
                escaped.append(String.format("\\0%03o", octet & 0xff));
            } else {
                escaped.append((char) octet);
            }
        }
        return escaped.toString();
    }

    /**
     * The command's own result, without what the login shell printed before and after it.
     *
     * @param loginNode for messages
     * @param shell what the login shell printed, and its exit status
     * @throws UnreachableException when the login shell did not run the command
     * @throws ClusterException when the answer is truncated; the command may have taken effect
     */
    public static CommandResult answer(Command command, LoginNode loginNode, CommandResult shell) {
        String stdout = shell.stdout();
        int begin = stdout.indexOf(BEGIN + "\n");
        String tried = "Tried to " + command.description() + " on " + loginNode;
        if (begin < 0) {
            throw new UnreachableException(tried + ", but the login shell of " + loginNode.user()
                    + " did not run the command. Swath sends: sh -c '…'. The login shell answered: "
                    + shell.errorText() + ". Give the user a login shell that runs commands (chsh -s /bin/bash), and"
                    + " try: ssh -p " + loginNode.port() + " " + loginNode.user() + "@" + loginNode.host()
                    + " \"sh -c 'echo works'\"");
        }
        String answer = stdout.substring(begin + BEGIN.length() + 1);
        int end = answer.lastIndexOf("\n" + END);
        Matcher status = STATUS.matcher(end < 0 ? "" : answer.substring(end + 1 + END.length()));
        if (!status.lookingAt()) {
            throw new ClusterException(tried + " with " + command.argv().get(0)
                    + ", but the answer has no end mark, so a part of it is missing. The last of it: "
                    + last(answer) + " (exit status " + shell.exit() + ")");
        }
        String stderr = shell.stderr();
        int own = stderr.indexOf(BEGIN + "\n");
        return new CommandResult(
                Integer.parseInt(status.group(1)),
                answer.substring(0, end),
                own < 0 ? stderr : stderr.substring(own + BEGIN.length() + 1));
    }

    private static String last(String answer) {
        String line = answer.strip();
        return line.isEmpty()
                ? "nothing"
                : line.substring(Math.max(0, line.length() - 200)).replaceAll("\\s+", " ");
    }
}
