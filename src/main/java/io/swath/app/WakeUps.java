package io.swath.app;

import io.swath.arrival.folder.InboxWatch;
import io.swath.cluster.Cluster;
import io.swath.storage.Storage;
import java.io.IOException;
import org.apache.camel.CamelContext;
import org.apache.camel.ProducerTemplate;

/**
 * What happens on this machine wakes the stage that waits for it, before the stage's clock does. Nothing depends on it. To be
 * used from one thread.
 */
final class WakeUps implements AutoCloseable {
    private final Cluster cluster;
    private final InboxWatch inboxes;

    private WakeUps(Cluster cluster, InboxWatch inboxes) {
        this.cluster = cluster;
        this.inboxes = inboxes;
    }

    /** To be called when the routes run. */
    static WakeUps start(CamelContext routes, Cluster cluster, Storage storage) {
        ProducerTemplate wake = routes.createProducerTemplate();
        cluster.onJobEnd(() -> wake.sendBody("direct:job-ended?block=false", null));
        return new WakeUps(
                cluster,
                InboxWatch.start(storage.inbox(), () -> wake.sendBody("direct:inbox-changed?block=false", null)));
    }

    /** To be called before the routes stop, which then cannot be woken. */
    @Override
    public void close() throws IOException {
        cluster.onJobEnd(() -> {});
        inboxes.close();
    }
}
