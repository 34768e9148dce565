package io.swath.cluster.slurm;

import java.util.List;

/**
 * A command that runs without a shell: every word is one argument, whatever characters it contains. Immutable.
 *
 * @param argv the program and its arguments
 * @param description the purpose, for messages of the form "Tried to …": {@code cancel 3 jobs}
 */
public record Command(List<String> argv, String description) {
    public Command {
        argv = List.copyOf(argv);
        if (argv.isEmpty() || argv.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("a command needs a word, and no word may contain NUL: " + argv);
        }
    }
}
