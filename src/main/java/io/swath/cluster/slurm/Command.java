package io.swath.cluster.slurm;

import java.util.List;

/**
 * A command to be run without a shell's help: every word is one argument, whatever it holds.
 *
 * @param argv the program and its arguments
 * @param description what it is for, to follow "tried to" in a message: {@code cancel 3 jobs}
 */
public record Command(List<String> argv, String description) {
    public Command {
        argv = List.copyOf(argv);
        if (argv.isEmpty() || argv.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("no command: " + argv);
        }
    }
}
