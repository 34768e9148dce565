package io.swath.testing;

import io.swath.arrival.CopyPolicy;
import io.swath.arrival.RecipeCheck;
import io.swath.arrival.folder.InboxArrival;
import io.swath.arrival.station.AllowedPaths;
import io.swath.arrival.station.Pickup;
import io.swath.model.Recipe;
import io.swath.recipes.RecipeBook;
import io.swath.storage.RejectedFolder;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Function;

/**
 * Starts the stages that accept scenes on a {@link Workbench}, as Swath starts them, with a settling time of 0.
 *
 * @param unusable why a recipe cannot be used now; empty when it can
 * @param patience how long an incomplete entry, and the file of an announcement, may stay incomplete
 */
public record Arrivals(
        Workbench bench, Function<Recipe, String> unusable, Duration patience, CopyPolicy copy, Clock clock) {
    private static final Duration UPLOAD_PATIENCE = Duration.ofHours(1);

    /** Every recipe can be used; a day of patience; the clock of the bench. */
    public static Arrivals on(Workbench bench) {
        return new Arrivals(bench, recipe -> "", Duration.ofDays(1), CopyPolicy.UNTRUSTED, bench.clock);
    }

    public Arrivals unusable(Function<Recipe, String> why) {
        return new Arrivals(bench, why, patience, copy, clock);
    }

    public Arrivals patience(Duration longest) {
        return new Arrivals(bench, unusable, longest, copy, clock);
    }

    public Arrivals copy(CopyPolicy policy) {
        return new Arrivals(bench, unusable, patience, policy, clock);
    }

    public Arrivals clock(Clock other) {
        return new Arrivals(bench, unusable, patience, copy, other);
    }

    /** The stage that accepts what lies in inboxes. */
    public InboxArrival inboxes() {
        RecipeBook book = bench.recipes();
        return new InboxArrival(
                bench.ledger,
                bench.storage,
                book,
                check(book),
                new RejectedFolder(bench.storage),
                Duration.ZERO,
                patience,
                UPLOAD_PATIENCE.compareTo(patience) < 0 ? UPLOAD_PATIENCE : patience,
                copy,
                bench.incidents,
                clock,
                bench.steady);
    }

    /** The stage that accepts what stations announce. */
    public Pickup pickup(AllowedPaths places, Duration settle) {
        RecipeBook book = bench.recipes();
        return new Pickup(
                bench.ledger,
                bench.storage,
                book,
                check(book),
                places,
                patience,
                settle,
                copy,
                bench.incidents,
                clock,
                bench.steady);
    }

    private RecipeCheck check(RecipeBook book) {
        return new RecipeCheck(book, unusable, bench.incidents);
    }
}
