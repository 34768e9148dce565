package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Splits long lists of ids, so that each command line stays short enough. Linux allows at most 128 KiB for one argument
 * (MAX_ARG_STRLEN, execve(2)), and the shell of a login node receives the whole command line as one argument.
 */
final class Chunks {
    private static final int MOST_CHARACTERS = 80_000;

    /** Characters that {@link ShellLine} adds to a word: two quotes and a blank. */
    private static final int QUOTES = 3;

    private Chunks() {}

    /** The ids in their order, without repetitions, in as few lists as possible. No ids give no list. */
    static List<List<String>> of(Collection<String> ids) {
        List<List<String>> chunks = new ArrayList<>();
        int left = 0;
        for (String id : new LinkedHashSet<>(ids)) {
            int length = id.length() + QUOTES;
            if (left < length) {
                chunks.add(new ArrayList<>());
                left = MOST_CHARACTERS;
            }
            chunks.get(chunks.size() - 1).add(id);
            left -= length;
        }
        return chunks;
    }
}
