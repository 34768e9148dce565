package io.swath.cli;

import io.swath.model.Secret;
import io.swath.untrusted.Texts;

/** Prints what {@code ./swath doctor} finds, and counts the problems. Not thread-safe. */
final class Findings {
    private int problems;

    /** Something is as it should be. */
    void good(String part, String what) {
        print("ok   ", part, what);
    }

    /** Something works, and a person may want to know it or to change it. */
    void note(String part, String what) {
        print("note ", part, what);
    }

    /** Something has to be corrected. */
    void bad(String part, String what) {
        problems++;
        print("WRONG", part, what);
    }

    /** How many things have to be corrected. */
    int problems() {
        return problems;
    }

    private static void print(String mark, String part, String what) {
        System.out.println("  " + mark + "  " + part + ": " + Texts.line(Secret.hide(what)));
    }
}
