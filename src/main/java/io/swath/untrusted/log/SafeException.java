package io.swath.untrusted.log;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import io.swath.model.Secret;
import io.swath.untrusted.Texts;
import java.util.stream.Stream;

/**
 * The exception of a log line, with the messages of it, of its causes and of what it suppressed as {@link Texts#line} makes
 * them, without passwords. Only the line ends between the messages and the frames remain. Thread-safe.
 */
public final class SafeException extends ThrowableProxyConverter {
    @Override
    protected String throwableProxyToString(IThrowableProxy exception) {
        return super.throwableProxyToString(new SafeProxy(exception));
    }

    private record SafeProxy(IThrowableProxy exception) implements IThrowableProxy {
        private static IThrowableProxy of(IThrowableProxy exception) {
            return exception == null ? null : new SafeProxy(exception);
        }

        @Override
        public String getMessage() {
            return exception.getMessage() == null ? null : Texts.line(Secret.hide(exception.getMessage()));
        }

        @Override
        public String getOverridingMessage() {
            return exception.getOverridingMessage() == null
                    ? null
                    : Texts.line(Secret.hide(exception.getOverridingMessage()));
        }

        @Override
        public String getClassName() {
            return exception.getClassName();
        }

        @Override
        public StackTraceElementProxy[] getStackTraceElementProxyArray() {
            return exception.getStackTraceElementProxyArray();
        }

        @Override
        public int getCommonFrames() {
            return exception.getCommonFrames();
        }

        @Override
        public IThrowableProxy getCause() {
            return of(exception.getCause());
        }

        @Override
        public IThrowableProxy[] getSuppressed() {
            return Stream.of(exception.getSuppressed()).map(SafeProxy::of).toArray(IThrowableProxy[]::new);
        }

        @Override
        public boolean isCyclic() {
            return exception.isCyclic();
        }
    }
}
