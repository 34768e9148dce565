package io.swath.untrusted.archive;

import io.swath.model.RejectedException;
import io.swath.model.Rejection;
import io.swath.untrusted.Texts;

/** An archive is damaged or breaks a bound. Reading it again gives the same result. */
public final class ArchiveException extends RejectedException {
    private static final long serialVersionUID = 1L;

    ArchiveException(String rule, String what, String remedy) {
        super(what + ". " + remedy, new Rejection(rule, "", Texts.line(what), remedy));
    }

    static ArchiveException damaged(String how) {
        return new ArchiveException(
                "archive-is-intact",
                "the archive is damaged: " + Texts.shown(how.replaceFirst("[.]+$", ""), 200),
                "It was damaged on its way or at its sender: compare its checksum and send it again.");
    }
}
