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
 * The stage that reprocesses delivered and failed scenes by night: those whose recipe has changed, those that failed, and
 * those that a filter selects.
 *
 * <p>The wall clock determines when a firing is due. A firing and its scenes are written to the ledger in one
 * transaction, so each firing is worked once, also after a crash. Of several missed firings only the last is worked. A
 * change of the wall clock neither repeats nor loses a firing: what counts is whether the last due time has its row.
 *
 * <p>Call {@link #work} from one thread; the other methods are thread-safe.
 */
public final class NightlyReprocessing {
    /** The name of the schedule of the setting {@code nightly.cron}. */
    public static final String NIGHTLY = "nightly";
    /** The name of the schedule for firings that a person starts. */
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
    private final CoverageBackfill coverageBackfill;
    private final Clock clock;

    /**
     * Prepares the stage; it starts nothing.
     *
     * @param rejected returns what the cluster lacks for a recipe; empty when it lacks nothing. Scenes of a rejected
     *     recipe are not reprocessed.
     * @param limit the highest number of scenes of one firing
     * @param retries how often a failed scene is reprocessed while its recipe does not change
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
        this.coverageBackfill = new CoverageBackfill(ledger, json);
        this.clock = clock;
    }

    /**
     * Call it at start-up. It marks the time from which the firings of the current rule count: firings that were due
     * while there was no rule, or another rule, do not count as missed.
     */
    public void begin() {
        Instant now = clock.instant();
        Optional<Firing> last = ledger.read(session -> session.nights().last(NIGHTLY, now));
        boolean ruleIsKnown =
                last.filter(firing -> firing.cron().equals(schedule.text())).isPresent();
        if (!ruleIsKnown && (schedule.used() || last.isPresent())) {
            Firing mark = new Firing(NIGHTLY, now, schedule.text(), 0, false);
            ledger.write(session -> session.nights().add(mark, "firings count from here"));
        }
    }

    /** Works the firing that is due, if a firing is due. */
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
            incidents.report(PART, "the firing of " + due.get() + " waits because of an error: " + e.getMessage());
        }
    }

    /**
     * Starts a firing now, for a person.
     *
     * @return the scenes that are reprocessed
     */
    public List<Choice> fire() {
        return fire(new Firing(MANUAL, clock.instant(), "", 0, true), "by a person");
    }

    private List<Choice> fire(Firing firing, String note) {
        List<Choice> choices = choose();
        List<Choice> marked = new ArrayList<>();
        boolean first = ledger.write(session -> {
            if (!session.nights().add(firing, note)) {
                return false;
            }
            long place = session.nights().nextPlace();
            for (Choice choice : choices) {
                String hash = choice.recipe().hash();
                if (session.nights().reprocess(choice.scene(), choice.filter(), firing, hash, choice.why(), place)) {
                    marked.add(choice);
                    place++;
                }
            }
            session.nights().setChosen(firing, marked.size());
            return true;
        });
        if (first) {
            Map<String, Long> clauses = marked.stream()
                    .collect(Collectors.groupingBy(
                            choice -> choice.filter().text(), TreeMap::new, Collectors.counting()));
            log.info(
                    "The {} firing of {}{}: {} scenes are reprocessed {}",
                    firing.schedule(),
                    firing.due(),
                    note.isEmpty() ? "" : " (" + note + ")",
                    marked.size(),
                    clauses);
        }
        return marked;
    }

    /**
     * The scenes that a firing would reprocess now, the most valuable first. Changes no scene.
     *
     * @throws UncheckedIOException when a list cannot be read
     */
    public List<Choice> choose() {
        coverageBackfill.run();
        Map<String, Recipe> usable = recipes.all().stream()
                .filter(recipe -> rejected.apply(recipe).isEmpty())
                .collect(Collectors.toMap(Recipe::name, Function.identity()));
        Map<String, String> hashes = new TreeMap<>();
        usable.forEach((name, recipe) -> hashes.put(name, recipe.hash()));
        Map<String, Choice> choices = new LinkedHashMap<>();
        for (Selection.Clause clause : selection.clauses()) {
            SceneFilter filter = clause.read();
            // Ask for more than needed, because scenes that an earlier filter selected are dropped.
            ledger.read(session -> session.nights().select(filter, hashes, retries, limit + choices.size())).stream()
                    .filter(scene -> !choices.containsKey(scene.id()))
                    .limit(limit - choices.size())
                    .forEach(scene -> choices.put(scene.id(), new Choice(scene, filter, usable.get(scene.recipe()))));
        }
        return List.copyOf(choices.values());
    }

    /** The ids in the selection's lists that are not scenes in the ledger. */
    public List<String> unknown() {
        List<String> listed = selection.clauses().stream()
                .flatMap(clause -> clause.read().ids().stream())
                .flatMap(List::stream)
                .distinct()
                .toList();
        Set<String> known = Set.copyOf(ledger.read(session -> session.nights().known(listed)));
        return listed.stream().filter(id -> !known.contains(id)).toList();
    }

    /** Whether batches of nightly reprocessing may be submitted now. */
    public boolean lasts() {
        return schedule.until().isEmpty() || end().isPresent();
    }

    /** When the current night ends; empty when it is not night, or when nights have no end. */
    public Optional<Instant> end() {
        Instant now = clock.instant();
        return ledger.read(session -> session.nights().lastWorked(now))
                .flatMap(firing -> schedule.end(firing.due()))
                .filter(now::isBefore);
    }

    /** When the next night begins; empty when there are no nights. */
    public Optional<Instant> next() {
        return schedule.next(clock.instant());
    }
}
