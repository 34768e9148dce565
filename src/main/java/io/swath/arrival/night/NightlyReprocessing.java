package io.swath.arrival.night;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swath.health.Incidents;
import io.swath.ledger.Ledger;
import io.swath.ledger.Nights.Firing;
import io.swath.model.Recipe;
import io.swath.model.SceneFilter;
import io.swath.recipes.RecipeBook;
import io.swath.recipes.RecipeException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stage that lets scenes begin anew by night: those whose recipe has changed, those that failed, and others that are
 * named.
 *
 * <p>The clock on the wall says when; the ledger says what was worked. A firing and the marks on its scenes are written
 * in one transaction, so it is worked once, whoever is up and whatever is interrupted; of several that were missed the
 * last one is. A clock that is set back does not repeat a firing, and one that is set forth loses none: what counts is
 * whether the last time due by now has its row. {@link #work} is to be called from one thread, the others from any.
 */
public final class NightlyReprocessing {
    /** The schedule of the setting nightly.cron. */
    public static final String NIGHTLY = "nightly";
    /** The one of people. */
    public static final String MANUAL = "manual";

    private static final Logger log = LoggerFactory.getLogger(NightlyReprocessing.class);
    private static final Duration LATE = Duration.ofMinutes(1);
    private static final String PART = "night";

    private final Ledger ledger;
    private final RecipeBook recipes;
    private final Function<Recipe, String> rejected;
    private final Schedule schedule;
    private final Selection selection;
    private final int limit;
    private final int retries;
    private final Incidents incidents;
    private final CoverageBackfill plans;
    private final Clock clock;

    /**
     * @param rejected what a recipe asks for that the cluster does not have, empty when all is well: then nothing is done
     * @param limit scenes of one firing
     * @param retries how often a scene that failed is done again with its recipe as it is
     */
    public NightlyReprocessing(
            Ledger ledger,
            RecipeBook recipes,
            Function<Recipe, String> rejected,
            Schedule schedule,
            Selection selection,
            int limit,
            int retries,
            Incidents incidents,
            ObjectMapper json,
            Clock clock) {
        this.ledger = ledger;
        this.recipes = recipes;
        this.rejected = rejected;
        this.schedule = schedule;
        this.selection = selection;
        this.limit = limit;
        this.retries = retries;
        this.incidents = incidents;
        this.plans = new CoverageBackfill(ledger, json);
        this.clock = clock;
    }

    /** To be called at start-up: nights that pass while there is no rule, or under another one, are not missed. */
    public void begin() {
        Instant now = clock.instant();
        Optional<Firing> last = ledger.read(session -> session.nights().last(NIGHTLY, now));
        boolean known =
                last.filter(firing -> firing.cron().equals(schedule.text())).isPresent();
        if (!known && (schedule.used() || last.isPresent())) {
            Firing mark = new Firing(NIGHTLY, now, schedule.text(), 0, false);
            ledger.write(session -> session.nights().add(mark, "from here on"));
        }
    }

    /** Works the firing that is due, if there is one. */
    public void work() {
        Instant now = clock.instant();
        Optional<Instant> due = schedule.last(now);
        Optional<Firing> last = ledger.read(session -> session.nights().last(NIGHTLY, now));
        if (last.isEmpty() || !last.get().cron().equals(schedule.text())) {
            begin();
            return;
        }
        if (due.isEmpty() || !due.get().isAfter(last.get().due())) {
            return;
        }
        try {
            boolean late = due.get().plus(LATE).isBefore(now);
            fire(new Firing(NIGHTLY, due.get(), schedule.text(), 0, true), late ? "caught up at " + now : "");
            incidents.resolve(PART);
        } catch (UncheckedIOException | RecipeException e) {
            incidents.report(PART, "the firing of " + due.get() + " waits: " + e.getMessage());
        }
    }

    /**
     * Fires now, once, because a person wants it.
     *
     * @return what is done again
     */
    public List<Choice> fire() {
        return fire(new Firing(MANUAL, clock.instant(), "", 0, true), "by a person");
    }

    private List<Choice> fire(Firing firing, String note) {
        List<Choice> choices = tonight();
        List<Choice> marked = new ArrayList<>();
        boolean first = ledger.write(session -> {
            if (!session.nights().add(firing, note)) {
                return false;
            }
            long place = session.nights().nextPlace();
            for (Choice choice : choices) {
                String hash = choice.recipe().hash();
                if (session.nights().again(choice.scene(), choice.by(), firing, hash, choice.why(), place)) {
                    marked.add(choice);
                    place++;
                }
            }
            session.nights().chose(firing, marked.size());
            return true;
        });
        if (first) {
            Map<String, Long> clauses = marked.stream()
                    .collect(Collectors.groupingBy(choice -> choice.by().text(), TreeMap::new, Collectors.counting()));
            log.info(
                    "The {} firing of {}{}: {} scenes are done again {}",
                    firing.schedule(),
                    firing.due(),
                    note.isEmpty() ? "" : " (" + note + ")",
                    marked.size(),
                    clauses);
        }
        return marked;
    }

    /**
     * What a firing would do again now, the most valuable first.
     *
     * @throws UncheckedIOException when a list cannot be read
     */
    public List<Choice> tonight() {
        plans.learn();
        Map<String, Recipe> usable = recipes.all().stream()
                .filter(recipe -> rejected.apply(recipe).isEmpty())
                .collect(Collectors.toMap(Recipe::name, Function.identity()));
        Map<String, String> hashes = new TreeMap<>();
        usable.forEach((name, recipe) -> hashes.put(name, recipe.hash()));
        Map<String, Choice> choices = new LinkedHashMap<>();
        for (Selection.Clause clause : selection.clauses()) {
            SceneFilter filter = clause.read();
            // So many that enough are left when those that an earlier clause has chosen are taken away.
            ledger.read(session -> session.nights().meant(filter, hashes, retries, limit + choices.size())).stream()
                    .filter(scene -> !choices.containsKey(scene.id()))
                    .limit(limit - choices.size())
                    .forEach(scene -> choices.put(scene.id(), new Choice(scene, filter, usable.get(scene.recipe()))));
        }
        return List.copyOf(choices.values());
    }

    /** Ids in the selection's lists that are no scenes here. */
    public List<String> unknown() {
        List<String> listed = selection.clauses().stream()
                .flatMap(clause -> clause.read().ids().stream())
                .flatMap(List::stream)
                .distinct()
                .toList();
        Set<String> known = Set.copyOf(ledger.read(session -> session.nights().known(listed)));
        return listed.stream().filter(id -> !known.contains(id)).toList();
    }

    /** Whether more of the night's work may be submitted now. */
    public boolean lasts() {
        return schedule.until().isEmpty() || end().isPresent();
    }

    /** When the night ends that it is now; empty when it is none, or one without an end. */
    public Optional<Instant> end() {
        Instant now = clock.instant();
        return ledger.read(session -> session.nights().lastWorked(now))
                .flatMap(firing -> schedule.end(firing.due()))
                .filter(now::isBefore);
    }

    /** When the next night begins; empty: never. */
    public Optional<Instant> next() {
        return schedule.next(clock.instant());
    }
}
