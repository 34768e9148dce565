package io.swath.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.app.settings.Settings;
import io.swath.arrival.CommandArrival;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.folder.InboxArrival;
import io.swath.arrival.night.NightlyReprocessing;
import io.swath.arrival.station.AllowedPaths;
import io.swath.arrival.station.AnnouncementReceiver;
import io.swath.arrival.station.Pickup;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.recipes.RecipeBook;
import io.swath.storage.RejectedFolder;
import io.swath.storage.Storage;
import java.time.Clock;

/**
 * The three ways in which a scene arrives: in an inbox, announced by a ground station, or again by nightly reprocessing;
 * and that of {@code ./swath submit}.
 */
record Arrivals(
        InboxArrival inbox,
        CommandArrival command,
        AnnouncementReceiver announcements,
        Pickup pickup,
        NightlyReprocessing nightly) {
    /**
     * @param clock for times in the ledger
     * @param steady for pauses
     */
    static Arrivals create(
            Settings settings,
            Ledger ledger,
            Storage storage,
            RecipeBook recipes,
            CapabilityPoll capabilities,
            Incidents incidents,
            ObjectMapper json,
            Clock clock,
            Clock steady) {
        RecipeCheck check = new RecipeCheck(recipes, capabilities::problem, incidents);
        AllowedPaths allowed = new AllowedPaths(storage, settings.station().roots());
        return new Arrivals(
                new InboxArrival(
                        ledger,
                        storage,
                        recipes,
                        check,
                        new RejectedFolder(storage),
                        settings.arrival().settle(),
                        settings.arrival().patience(),
                        settings.arrival().uploadPatience(),
                        settings.arrival().copy(),
                        incidents,
                        clock,
                        steady),
                new CommandArrival(ledger, storage, clock),
                new AnnouncementReceiver(ledger, allowed, recipes, clock),
                new Pickup(
                        ledger,
                        storage,
                        recipes,
                        check,
                        allowed,
                        settings.station().patience(),
                        settings.arrival().settle(),
                        settings.arrival().copy(),
                        incidents,
                        clock,
                        steady),
                new NightlyReprocessing(
                        ledger,
                        recipes,
                        capabilities::problem,
                        settings.nightly().schedule(),
                        settings.nightly().selection(),
                        settings.nightly().limit(),
                        settings.nightly().retries(),
                        incidents,
                        json,
                        clock));
    }
}
