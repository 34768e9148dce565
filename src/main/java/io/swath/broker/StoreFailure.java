package io.swath.broker;

import java.io.IOException;
import java.util.function.Consumer;
import org.apache.activemq.util.DefaultIOExceptionHandler;

/**
 * Stops the embedded broker when its messages cannot be written: after such a failure the store takes nothing until it
 * is opened again. Senders get no confirmation. {@link EmbeddedBroker} opens the broker again. Thread-safe.
 */
final class StoreFailure extends DefaultIOExceptionHandler {
    private final Consumer<IOException> failed;

    StoreFailure(Consumer<IOException> failed) {
        this.failed = failed;
        setIgnoreNoSpaceErrors(false);
        setIgnoreSQLExceptions(false);
    }

    @Override
    public void handle(IOException failure) {
        failed.accept(failure);
        super.handle(failure);
    }
}
