package io.swath.app;

import java.util.Optional;

/** This program's version. */
public final class Version {
    public static final String TEXT = Optional.ofNullable(
                    Version.class.getPackage().getImplementationVersion())
            .orElse("development");

    private Version() {}
}
