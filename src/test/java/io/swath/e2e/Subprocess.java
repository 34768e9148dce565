package io.swath.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program and waits until it ends. */
final class Subprocess {
    /** A program's exit status and output. */
    record Result(int exit, String out, String err) {
        /** The standard output, if the exit status is 0; else fails with the whole output. */
        String orFail() {
            if (exit != 0) {
                throw new AssertionError("exit " + exit + "\n" + out + err);
            }
            return out;
        }
    }

    private Subprocess() {}

    static Result run(Duration limit, List<String> command) {
        return run(limit, new ProcessBuilder(command));
    }

    static Result run(Duration limit, ProcessBuilder command) {
        try {
            Path out = Files.createTempFile("swath-e2e", ".out");
            Path err = Files.createTempFile("swath-e2e", ".err");
            try {
                Process process = command.redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
                process.getOutputStream().close();
                boolean ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
                if (!ended) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly();
                }
                Result result = new Result(
                        ended ? process.exitValue() : -1, Files.readString(out, UTF_8), Files.readString(err));
                if (!ended) {
                    throw new AssertionError(command.command() + " took more than " + limit + "\n" + result);
                }
                return result;
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new AssertionError(command.command() + " cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
