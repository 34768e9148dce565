package io.swath.app.routes;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.keyverifier.RejectAllServerKeyVerifier;
import org.apache.sshd.core.CoreModuleProperties;

/**
 * Makes the SSH clients that camel-ssh uses. They refuse a host whose key is not in the file, and find a dead connection
 * by its missing heartbeats.
 */
final class SshClients extends ClientBuilder {
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);
    private static final int MISSED_HEARTBEATS_LIMIT = 3;

    SshClients(Path knownHosts) {
        serverKeyVerifier(new KnownHostsServerKeyVerifier(RejectAllServerKeyVerifier.INSTANCE, knownHosts));
    }

    @Override
    public SshClient build(boolean isFillWithDefaultValues) {
        SshClient client = super.build(isFillWithDefaultValues);
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MISSED_HEARTBEATS_LIMIT);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        return client;
    }
}
