package io.swath.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.swath.model.Secret;
import io.swath.testing.Workbench;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console over real sockets, with requests that no HTTP client would send. */
@Tag("resources")
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleTest {
    private static final String HEALTH = "GET /observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    private Workbench bench;
    private Console open;
    private Console console;
    private int openPort;
    private int port;

    @BeforeAll
    void openBench(@TempDir Path folder) throws IOException {
        bench = new Workbench(folder);
        open = start("", "");
        openPort = port;
    }

    @AfterAll
    void closeBench() {
        open.close();
        bench.close();
    }

    /** A console without a password, for all tests that need no other. */
    @BeforeEach
    void useOpenConsole() {
        console = open;
        port = openPort;
    }

    @AfterEach
    void closeOtherConsole() {
        if (console != open) {
            console.close();
        }
    }

    private Console start(String user, String password) throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        BindAddress bind = new BindAddress("127.0.0.1", port);
        console = new Console(
                bind,
                new ConsoleSettings(Optional.of(bind), user, new Secret(password), List.of("proxy.example.org")),
                bench.storage,
                bench.ledger,
                () -> Map.of("sbatch", 3L, "sacct", 4L),
                bench.incidents,
                Optional::empty,
                Map::of,
                List::of);
        return console;
    }

    private Socket connect(String from) throws IOException {
        Socket socket = new Socket();
        socket.bind(new InetSocketAddress(InetAddress.getAllByName(from)[0], 0));
        socket.setSoTimeout(20_000);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return socket;
    }

    /** Sends bytes as they are, and returns everything that comes back before the connection is closed. */
    private String send(String from, String request) throws IOException {
        try (Socket socket = connect(from)) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String send(String request) throws IOException {
        return send("127.0.0.1", request);
    }

    private static int status(String answer) {
        assertThat(answer).startsWith("HTTP/1.");
        return Integer.parseInt(answer.substring(9, 12));
    }

    private static String login(String user, String password) {
        return "Authorization: Basic "
                + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8))
                + "\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "127.0.0.1",
                "LOCALHOST:9876",
                "[::1]:80",
                "192.0.2.7",
                "proxy.example.org",
                "PROXY.example.org.:443"
            })
    void health_answers_under_this_machines_names_and_addresses(String host) throws IOException {
        String answer = send("GET /observe/health HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
        assertThat(status(answer)).isEqualTo(200);
    }

    @Test
    void metrics_count_the_commands_to_the_cluster_together_and_by_name() throws IOException {
        assertThat(send("GET /observe/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .contains(
                        "swath_cluster_commands_total 7.0",
                        "swath_cluster_commands_sent_total{command=\"sacct\"} 4.0",
                        "swath_cluster_commands_sent_total{command=\"sbatch\"} 3.0");
    }

    @Test
    void health_answers_to_a_client_of_http_1_0_which_names_no_host() throws IOException {
        assertThat(status(send("GET /observe/health HTTP/1.0\r\n\r\n"))).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /observe/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.0\r\nHost: evil.example\r\n\r\n",
                "GET http://evil.example/observe/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
                "GET /observe/metrics HTTP/1.1\r\nHost: localhost.evil.example:9876\r\nConnection: close\r\n\r\n",
                "GET /nothing HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost\r\nConnection: close\r\n\r\n",
            })
    void a_name_that_is_not_this_machines_gets_421(String request) throws IOException {
        String answer = send(request);
        assertThat(answer).startsWith("HTTP/1.1 4").contains(" 421 ").contains("console.hosts");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n\r\nnonsense\r\n\r\n",
                "GET\r\n\r\n",
                "GET /observe/health\r\n\r\n",
                "GET /observe/health HTTP/9.9\r\nHost: localhost\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost: localhost:notaport\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost: localhost:99999999999\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n",
                "GET /observe/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/% HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/%2fhealth HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/%5chealth HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/%c0%af HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/..;/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET //observe//health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/\u00e9 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/x?a=%zz&b=%ff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET http://evil.example/observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET http:// HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET http://[::1/observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET file:///etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "CONNECT evil HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "TRACE /observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "BREW /observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "get /observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "POST /observe/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                "DELETE /observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET(/) /observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                HEALTH + "No colon\r\n\r\n",
                HEALTH + "Space : before the colon\r\n\r\n",
                HEALTH + ": no name\r\n\r\n",
                HEALTH + "X: zero\u0000byte\r\n\r\n",
                HEALTH + " folded: line\r\n\r\n",
                HEALTH + "Content-Length: -1\r\n\r\n",
                HEALTH + "Content-Length: 1, 2\r\n\r\nab",
                HEALTH + "Content-Length: 99999999999999999999\r\n\r\n",
                HEALTH + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                HEALTH + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                HEALTH + "Transfer-Encoding: gzip\r\n\r\n",
                HEALTH + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
                HEALTH + "Transfer-Encoding: x\r\n\r\n",
                HEALTH + "Expect: the unexpected\r\n\r\n",
            })
    void a_malformed_or_unknown_request_gets_4xx_and_reveals_nothing(String request) throws IOException {
        assertRefused(send(request), request);
    }

    /** What a refusal may be: 4xx; or 501 and 505, which HTTP demands for an unknown method, coding or version. */
    private static void assertRefused(String answer, String request) {
        assertThat(status(answer))
                .as(request)
                .satisfiesAnyOf(
                        status -> assertThat(status).isBetween(400, 499),
                        status -> assertThat(status).isIn(501, 505));
        assertThat(answer.toLowerCase(Locale.ROOT))
                .as(request)
                .doesNotContain("jetty", "javalin", "exception", "\tat ", "java.", "etc/passwd", "server:", "powered");
    }

    @Test
    void headers_and_paths_that_are_too_long_get_4xx() throws IOException {
        assertRefused(send(HEALTH + "X: " + "x".repeat(20_000) + "\r\n\r\n"), "long header");
        assertRefused(send(HEALTH + "X: x\r\n".repeat(5_000) + "\r\n"), "many headers");
        assertRefused(send("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"), "long path");
    }

    @Test
    void a_damaged_body_of_a_request_leaves_the_console_working() throws IOException {
        send(HEALTH + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n");
        send(HEALTH + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n\r\n");
        assertThat(status(send(HEALTH + "\r\n"))).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /observe/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET /observe/health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
            })
    void every_answer_forbids_to_guess_its_type_and_to_keep_it(String request) throws IOException {
        assertThat(send(request).toLowerCase(Locale.ROOT))
                .contains("x-content-type-options: nosniff")
                .contains("cache-control: no-store")
                .doesNotContain("server:");
    }

    @Test
    void a_request_without_the_right_password_gets_4xx() throws IOException {
        start("operator", "secret");
        for (String header : List.of(
                "",
                "Authorization:\r\n",
                "Authorization: Basic\r\n",
                "Authorization: Basic %%%\r\n",
                "Authorization: Basic ====\r\n",
                "Authorization: Basic YQ\r\n",
                "Authorization: Basic YQ===\r\n",
                "Authorization: Basic Og==\r\n",
                "Authorization: Basic /////w==\r\n",
                "Authorization: Basic \u00ff\u0001\r\n",
                "Authorization: Bearer b3BlcmF0b3I6c2VjcmV0\r\n",
                "Authorization: b3BlcmF0b3I6c2VjcmV0\r\n",
                "Authorization: Digest username=\"operator\"\r\n",
                "Authorization: Basic b3BlcmF0b3I6c2VjcmV0 b3BlcmF0b3I6c2VjcmV0\r\n")) {
            String answer = send(HEALTH + header + "\r\n");
            assertRefused(answer, header);
            assertThat(status(answer)).as(header).isIn(400, 401);
        }
        assertThat(status(send("GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")))
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret", "pass:word", "pässwörd 中文", ":"})
    void the_right_password_is_let_in(String password) throws IOException {
        start("operator", password);
        assertThat(status(send(HEALTH + login("operator", password)))).isEqualTo(200);
        assertThat(status(send(HEALTH + login("operator", password + "x")))).isEqualTo(401);
        assertThat(status(send(HEALTH + login("operatorx", password)))).isEqualTo(401);
    }

    @Test
    void wrong_passwords_delay_their_own_address_only() throws Exception {
        start("operator", "secret");
        for (int i = 0; i < LoginDelays.FREE; i++) {
            assertThat(status(send(HEALTH + login("operator", "guess" + i)))).isEqualTo(401);
        }
        String delayed = send(HEALTH + login("operator", "secret"));
        assertThat(status(delayed)).isEqualTo(429);
        assertThat(delayed).contains("Retry-After: 1");
        assertThat(status(send("127.0.0.2", HEALTH + login("operator", "secret"))))
                .isEqualTo(200);
        await().untilAsserted(() ->
                assertThat(status(send(HEALTH + login("operator", "secret")))).isEqualTo(200));
    }

    @Test
    void connections_that_are_held_open_keep_nobody_out() throws IOException {
        List<Socket> held = new ArrayList<>();
        try {
            for (int i = 0; i < 3 * HttpServer.MOST_CONNECTIONS; i++) {
                Socket socket = connect("127.0.0.1");
                held.add(socket);
                socket.getOutputStream()
                        .write((i % 2 == 0 ? "GET /observe" : HEALTH + "Content-Length: 9\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(status(send(HEALTH + "\r\n"))).isEqualTo(200);
            }
            assertThatThrownBy(() -> awaitEnd(held.get(0))).isInstanceOfAny(SocketException.class, EndOfStream.class);
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    private static final class EndOfStream extends RuntimeException {}

    private static void awaitEnd(Socket socket) throws IOException {
        InputStream answer = socket.getInputStream();
        if (answer.read() < 0) {
            throw new EndOfStream();
        }
    }

    @Test
    void texts_from_outside_come_without_control_characters() throws IOException {
        String part = "station \u001b]0;x\u0007";
        bench.incidents.report(part, "café 中文\n\u001b[2J\u202egnp.exe\u0085");
        String answer = send(HEALTH + "\r\n");
        bench.incidents.resolve(part);
        assertThat(status(answer)).isEqualTo(503);
        JsonNode problem = bench.json
                .readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4))
                .path("problems")
                .path(0);
        assertThat(problem.path("part").asText()).isEqualTo("station \ufffd]0;x\ufffd");
        assertThat(problem.path("what").asText()).isEqualTo("café 中文\ufffd\ufffd[2J\ufffdgnp.exe\ufffd");
    }
}
