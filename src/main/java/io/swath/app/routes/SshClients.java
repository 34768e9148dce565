package io.swath.app.routes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.core.CoreModuleProperties;

/**
 * Makes the SSH clients that camel-ssh uses. They refuse a host whose key is not in the file, keep their sessions for
 * further commands, and find a dead connection by its missing heartbeats.
 *
 * <p>They offer the key exchange curve25519 (RFC 8731) first: sntrup761, which servers prefer as often, takes ten times as
 * much processor time in Java.
 */
final class SshClients extends ClientBuilder {
    /** The name by which the route {@code login-node} finds this. */
    static final String NAME = "sshClientBuilder";

    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final int MISSED_HEARTBEATS_LIMIT = 3;

    private final LoginSessions sessions;

    /** @param key the private key with which Swath logs in */
    SshClients(Path knownHosts, Path key) {
        sessions = new LoginSessions(List.of(knownHosts, key));
        factory(() -> new LoginClient(sessions));
        serverKeyVerifier(new KnownHostsServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE, knownHosts));
        keyExchangeFactories(curvesFirst());
    }

    private static List<KeyExchangeFactory> curvesFirst() {
        List<KeyExchangeFactory> curves = ClientBuilder.setUpDefaultKeyExchanges(true).stream()
                .filter(exchange -> exchange.getName().startsWith(BuiltinDHFactories.curve25519.getName()))
                .toList();
        List<KeyExchangeFactory> all = new ArrayList<>(curves);
        all.addAll(ClientBuilder.setUpDefaultKeyExchanges(true).stream()
                .filter(exchange ->
                        curves.stream().noneMatch(curve -> curve.getName().equals(exchange.getName())))
                .toList());
        return all;
    }

    @Override
    public SshClient build(boolean isFillWithDefaultValues) {
        SshClient client = super.build(isFillWithDefaultValues);
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MISSED_HEARTBEATS_LIMIT);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        return client;
    }

    LoginSessions sessions() {
        return sessions;
    }
}
