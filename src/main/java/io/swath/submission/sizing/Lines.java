package io.swath.submission.sizing;

/** The lines of {@link Learned#text()}, read one after the other. Mutable, not thread-safe. */
final class Lines {
    /** Several times what any text can have. */
    private static final int MOST = 100_000;

    private final String[] lines;
    private int next;

    Lines(String text) {
        if (text.length() > MOST) {
            throw new IllegalArgumentException("what was learned about a class of runs is damaged: it has "
                    + text.length() + " characters, and at most " + MOST + " are possible");
        }
        lines = text.split("\n", -1);
    }

    /** The next line, which must begin with this word. */
    Words next(String name) {
        Words words = new Words(next < lines.length ? lines[next] : "");
        next++;
        if (!words.word().equals(name)) {
            throw words.damaged("is line " + next + ", which must begin with \"" + name + "\"");
        }
        return words;
    }
}
