package io.swath.app;

import java.util.Optional;

/** The version of this program; {@code development} when it does not run from its jar. */
public final class Version {
    public static final String TEXT = Optional.ofNullable(
                    Version.class.getPackage().getImplementationVersion())
            .orElse("development");

    private Version() {}
}
