package io.swath.cluster.slurm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Cuts long lists of ids. Linux takes at most 128 KiB as one argument of a program (MAX_ARG_STRLEN, execve(2)), and a
 * login node's shell gets the whole line as one.
 */
final class Chunks {
    private static final int MOST_CHARACTERS = 80_000;

    /** What {@link ShellLine} puts around a word and between two. */
    private static final int QUOTES = 3;

    private Chunks() {}

    /** The ids in order, none twice, in as few lists as possible; no list for no ids. */
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
