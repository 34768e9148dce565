package io.swath.console;

import io.javalin.config.JettyConfig;
import java.time.Duration;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The limits and the headers of the console's Jetty: few threads and connections, short waits, and no word about itself. */
final class HttpServer {
    static final int MOST_CONNECTIONS = 100;
    private static final int MOST_THREADS = 16;
    private static final int LEAST_THREADS = 2;
    private static final Duration IDLE = Duration.ofSeconds(10);

    private HttpServer() {}

    /** Applies them, for a server that listens on the address. */
    static void configure(JettyConfig jetty, BindAddress bind) {
        jetty.threadPool = new QueuedThreadPool(MOST_THREADS, LEAST_THREADS);
        jetty.modifyServer(server -> server.setErrorHandler(new PlainErrors()));
        jetty.modifyHttpConfiguration(http -> {
            http.setSendServerVersion(false);
            http.setSendXPoweredBy(false);
            http.setIdleTimeout(IDLE.toMillis());
            http.addCustomizer((request, answer) -> {
                protect(answer);
                return request;
            });
        });
        jetty.addConnector((server, http) -> connector(server, http, bind));
    }

    private static ServerConnector connector(Server server, HttpConfiguration http, BindAddress bind) {
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(bind.host());
        connector.setPort(bind.port());
        connector.setIdleTimeout(IDLE.toMillis());
        connector.addBean(new LatestConnections(MOST_CONNECTIONS));
        return connector;
    }

    /** For browsers and proxies: the type is the one that is given, and nothing is kept. */
    private static void protect(HttpFields.Mutable answer) {
        answer.put(new HttpField("X-Content-Type-Options", "nosniff"));
        answer.put(HttpHeader.CACHE_CONTROL, "no-store");
    }

    /** An error as one line of text: its status and nothing of the request, the server or a stack trace. */
    private static final class PlainErrors extends ErrorHandler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            protect(response.getHeaders());
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/plain;charset=utf-8");
            Content.Sink.write(response, true, line(response.getStatus()), callback);
            return true;
        }

        private static String line(int status) {
            return HttpStatus.getMessage(status) + "\n";
        }
    }
}
