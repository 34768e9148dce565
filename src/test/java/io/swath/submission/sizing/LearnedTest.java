package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.swath.submission.sizing.Observation.Ending;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearnedTest {
    private static final Limits NODE = new Limits(64, 16_000);
    private static final double KILLS = 0.02;

    private final Learned memory = Learned.of(Quantity.MEMORY, 512);
    private int tiles;

    private void finish(double used) {
        finish(32, used, "S" + tiles / 40);
    }

    private void finish(double x, double used, String scene) {
        memory.learn(new Observation(x, used, 16_000, Ending.FINISHED, "T" + tiles, scene, "node" + tiles % 4));
        tiles++;
    }

    private void end(Ending ending, String tile, double used, double limit, String node) {
        memory.learn(new Observation(32, used, limit, ending, tile, "S", node));
    }

    @Test
    void before_any_run_the_recipes_guess_is_asked_for() {
        Asked asked = memory.ask(32, NODE, KILLS);
        assertThat(asked).isEqualTo(new Asked(512, "512 MiB: the recipe's guess, no run yet", 512));
        assertThat(memory.expected(32)).isEmpty();
        assertThat(memory.runs()).isZero();
        assertThat(memory.recentKills()).isZero();
    }

    @Test
    void after_one_run_a_fifth_more_is_asked_for_than_it_needed() {
        finish(400);
        // 400 x 1.187 = 474.8, up to 1/33 of 16,000
        assertThat(memory.ask(32, NODE, KILLS))
                .isEqualTo(new Asked(
                        484,
                        "484 MiB: no run of this size has needed more than 400 MiB (1 run, 1 scene), × 1.19, up to 1/33 of a node",
                        400));
    }

    @Test
    void after_many_runs_the_request_is_their_quantile() {
        for (int run = 0; run < 400; run++) {
            finish(300 + run % 100); // evenly from 300 to 399: 98 of 100 are below 398
        }
        Asked asked = memory.ask(32, NODE, KILLS);
        assertThat(asked.amount()).isBetween(398 * 1.0, 399 * 1.03 * 1.05);
        assertThat(asked.why()).contains("98 of 100 runs of this size need less than", "(400 runs, 10 scenes), × 1.03");
        assertThat(memory.expected(32).orElseThrow()).isCloseTo(350, within(10.0));
        assertThat(memory.deviation(32).orElseThrow()).isCloseTo(29, within(4.0));
        assertThat(memory.ask(32, NODE, 0.3).amount()).isLessThanOrEqualTo(400);
    }

    @Test
    void a_task_of_several_tiles_asks_for_the_sum_of_their_times_and_not_for_the_sum_of_their_greatest() {
        Learned time = Learned.of(Quantity.TIME, 120);
        for (int run = 0; run < 400; run++) {
            double used = run % 50 == 0 ? 10 : 2; // one in 50 takes five times as long
            time.learn(new Observation(32, used, 120, Ending.FINISHED, "T" + run, "S" + run / 10, "node"));
        }
        Limits limits = new Limits(60, 86_400);
        Asked asked = time.askInTurn(32, 60, limits, KILLS);
        // 60 x 2.16 s and 2.6 x 1.1 s x the root of 60, x 1.25 + 20 s
        assertThat(asked.amount()).isBetween(180.0, 300.0);
        assertThat(asked.why()).contains("60 tiles of 2.", "one after the other, with 2.6 standard deviations");
        assertThat(time.askInTurn(32, 1, limits, KILLS)).isEqualTo(time.ask(32, limits, KILLS));
    }

    @Test
    void a_task_of_several_tiles_asks_for_the_memory_that_fewer_of_them_exceed() {
        for (int run = 0; run < 2_000; run++) {
            finish(300 + run % 100);
        }
        double one = memory.ask(32, NODE, 0.1).amount();
        assertThat(memory.askInTurn(32, 20, NODE, 0.1)).isEqualTo(memory.ask(32, NODE, 0.005));
        assertThat(memory.askInTurn(32, 20, NODE, 0.1).amount())
                .isGreaterThan(one)
                .isLessThan(2 * one);
    }

    @Test
    void the_request_follows_the_megabytes_that_a_run_reads() {
        for (int run = 0; run < 100; run++) {
            int x = 1 + run * 7 % 32;
            finish(x, 120 + 15 * x, "S" + run / 10);
        }
        assertThat(memory.ask(4, NODE, KILLS).amount()).isBetween(180.0, 200.0);
        assertThat(memory.ask(32, NODE, KILLS).amount()).isBetween(600.0, 650.0);
        assertThat(memory.ask(64, NODE, KILLS).amount()).isBetween(1080.0, 1180.0);
    }

    @Test
    void a_kill_is_believed_until_the_tile_is_done_and_then_learned() {
        for (int run = 0; run < 20; run++) {
            finish(400);
        }
        double before = memory.ask(32, NODE, KILLS).amount();
        end(Ending.KILLED, "X", 0, 1000, "node1");
        Asked during = memory.ask(32, NODE, KILLS);
        assertThat(during.amount()).isGreaterThanOrEqualTo(1200);
        assertThat(during.why()).contains("a run was killed at 1000 MiB, and its tile is not done yet, × 1.2");
        end(Ending.FINISHED, "X", 700, 2150, "node2"); // the measurement misses a part: it needed more than 1000
        double after = memory.ask(32, NODE, KILLS).amount();
        assertThat(after).isBetween(1050.0, 1300.0);
        assertThat(before).isLessThan(450);
    }

    @Test
    void a_kill_counts_before_any_run_has_succeeded() {
        end(Ending.KILLED, "X", 0, 512, "node1");
        assertThat(memory.ask(32, NODE, KILLS).amount()).isGreaterThanOrEqualTo(1.2 * 512);
        assertThat(memory.recentKills()).isEqualTo(1);
    }

    @Test
    void a_tile_that_was_lost_at_a_limit_raises_what_is_asked_for_above_it() {
        end(Ending.LOST, "X", 0, 1000, "node1");
        assertThat(memory.ask(32, NODE, KILLS).amount()).isGreaterThanOrEqualTo(1200);
        assertThat(memory.runs()).isEqualTo(1);
    }

    @Test
    void a_retry_without_any_run_asks_for_a_little_more_than_twice_the_limit() {
        end(Ending.KILLED, "X", 0, 512, "node1");
        Asked again = memory.askAgain(32, 512, "node1", false, NODE, KILLS);
        assertThat(again.amount()).isBetween(512 * 2.15, 512 * 2.15 * 1.05);
        assertThat(again.why()).contains("× the 512 MiB at which this tile was killed");
    }

    @Test
    void a_retry_goes_to_the_upper_of_two_modes_at_once() {
        for (int run = 0; run < 100; run++) {
            finish(run % 10 == 0 ? 1600 : 400);
        }
        assertThat(memory.askAgain(32, 480, "node1", false, NODE, KILLS).amount())
                .isBetween(1600.0, 1800.0);
    }

    @Test
    void the_last_attempt_has_all_that_a_node_has() {
        assertThat(memory.askAgain(32, 512, "node1", true, NODE, KILLS).amount())
                .isEqualTo(16_000);
        Learned time = Learned.of(Quantity.TIME, 60);
        assertThat(time.askAgain(32, 120, "", true, new Limits(60, 86_400), KILLS)
                        .amount())
                .isEqualTo(1200);
        assertThat(time.askAgain(32, 120, "", true, new Limits(60, 600), KILLS).amount())
                .isEqualTo(600);
    }

    @ParameterizedTest
    @CsvSource({
        // the limit that jobs share, at which the tile was killed; the last attempt
        "100000, 512, 5120", // ten times
        "6000, 512, 3000", // half of it
        "6000, 2000, 4348", // 2.17 times, which any retry asks for
        "6000, 4000, 6000",
        "400, 390, 400",
    })
    void a_last_attempt_leaves_other_jobs_their_part_of_a_limit_that_they_share(
            double most, double failedAt, double amount) {
        finish(400);
        Asked last = memory.askAgain(32, failedAt, "", true, NODE, KILLS);
        assertThat(last.amount()).as("a limit of each job").isEqualTo(16_000);

        Limits shared = new Limits(64, 200_000).under(most, true);
        Asked again = memory.askAgain(32, failedAt, "", true, shared, KILLS);

        assertThat(again.amount()).isEqualTo(amount);
        assertThat(again.why())
                .contains(
                        amount < most
                                ? "a part of what jobs have together, for the last attempt"
                                : "all that a run can have, for the last attempt");
    }

    @Test
    void a_new_version_begins_with_the_request_of_the_old_one() {
        for (int run = 0; run < 50; run++) {
            finish(400);
        }
        Learned again = memory.beginAgain(memory.ask(32, NODE, KILLS).amount());
        assertThat(again.runs()).isZero();
        assertThat(again.ask(32, NODE, KILLS).amount())
                .isEqualTo(memory.ask(32, NODE, KILLS).amount());
        assertThat(again.ask(32, NODE, KILLS).why()).endsWith("what the recipe's version before asked for, no run yet");
    }

    @Test
    void a_node_on_which_runs_need_more_is_left_out_and_teaches_nothing() {
        for (int run = 0; run < 60; run++) {
            finish(400);
        }
        double before = memory.ask(32, NODE, KILLS).amount();
        for (int run = 0; run < 6; run++) {
            memory.learn(new Observation(32, 800, 16_000, Ending.FINISHED, "B" + run, "S", "bad"));
        }
        assertThat(memory.nodesLeftOut()).containsOnlyKeys("bad");
        assertThat(memory.nodesLeftOut().get("bad")).isEqualTo("runs on bad use 1.9 × what they use elsewhere");
        for (int run = 0; run < 600; run++) {
            finish(400);
        }
        assertThat(memory.ask(32, NODE, KILLS).amount()).isEqualTo(before);
    }

    @Test
    void a_node_that_kills_tiles_that_need_less_elsewhere_is_left_out_and_its_tiles_ask_for_the_same() {
        for (int run = 0; run < 60; run++) {
            finish(400);
        }
        for (int tile = 0; tile < 2; tile++) {
            end(Ending.KILLED, "B" + tile, 0, 470, "bad");
            end(Ending.FINISHED, "B" + tile, 400, 1100, "node1");
        }
        assertThat(memory.nodesLeftOut()).containsOnlyKeys("bad");
        end(Ending.KILLED, "B9", 0, 470, "bad");
        Asked again = memory.askAgain(32, 470, "bad", false, NODE, KILLS);
        assertThat(again.amount()).isEqualTo(470);
        assertThat(again.why()).contains("as before, on another node than bad");
        assertThat(memory.ask(32, NODE, KILLS).why()).doesNotContain("killed");
    }

    private int generations;

    private void finishes(Learned learned, double used, String node, String kind) {
        String tile = "G" + generations++;
        learned.learn(new Observation(32, used, 3_600, Ending.FINISHED, tile, "S" + generations / 10, node, kind));
    }

    private Learned ofTwoGenerations(Quantity quantity) {
        Learned learned = Learned.of(quantity, 600);
        for (int run = 0; run < 60; run++) {
            for (int node = 1; node <= 4; node++) {
                finishes(learned, 100, "new" + node, "0a1b2c3d");
            }
            for (int node = 1; node <= 3; node++) {
                finishes(learned, 150, "old" + node, "9f8e7d6c");
            }
        }
        return learned;
    }

    @Test
    void nodes_of_a_slower_generation_are_not_left_out_and_one_that_is_slower_than_its_like_is() {
        Learned time = ofTwoGenerations(Quantity.TIME);
        assertThat(time.nodesLeftOut()).isEmpty();
        assertThat(time.runs()).as("all teach").isEqualTo(7 * 60);
        assertThat(Learned.parse(time.text()).text()).isEqualTo(time.text());

        for (int run = 0; run < 20; run++) {
            finishes(time, 600, "old3", "9f8e7d6c");
        }
        assertThat(time.nodesLeftOut()).containsOnlyKeys("old3");
        assertThat(Learned.parse(time.text()).nodesLeftOut()).containsOnlyKeys("old3");
    }

    @Test
    void a_node_that_is_alone_of_its_kind_is_left_out_when_runs_need_three_times_as_much_as_on_all_nodes() {
        Learned time = Learned.of(Quantity.TIME, 600);
        for (int run = 0; run < 60; run++) {
            for (int node = 1; node <= 4; node++) { // each has a memory of its own
                finishes(time, 100, "n" + node, "kind" + node);
            }
            finishes(time, 180, "slow", "slower");
        }
        assertThat(time.nodesLeftOut()).as("it may be of a slower generation").isEmpty();

        for (int run = 0; run < 20; run++) {
            finishes(time, 1_200, "n4", "kind4");
        }
        assertThat(time.nodesLeftOut()).containsOnlyKeys("n4");
        assertThat(Learned.parse(time.text()).nodesLeftOut()).containsOnlyKeys("n4");
    }

    @Test
    void a_node_that_is_alone_of_its_kind_is_to_blame_for_kills_of_tiles_that_need_a_third_elsewhere() {
        for (double used : new double[] {120, 50}) {
            Learned time = ofTwoGenerations(Quantity.TIME);
            for (int tile = 0; tile < 4; tile++) {
                time.learn(new Observation(32, 0, 180, Ending.KILLED, "K" + tile, "S", "lone", "lonely"));
                time.learn(new Observation(32, used, 600, Ending.FINISHED, "K" + tile, "S", "new1", "0a1b2c3d"));
            }
            assertThat(time.nodesLeftOut().keySet()).isEqualTo(used < 60 ? Set.of("lone") : Set.of());
        }
    }

    @Test
    void memory_is_compared_over_all_nodes_because_it_does_not_depend_on_their_kind() {
        assertThat(ofTwoGenerations(Quantity.MEMORY).nodesLeftOut()).containsOnlyKeys("old1", "old2", "old3");
    }

    @Test
    void a_slower_generation_is_not_to_blame_for_kills_of_tiles_that_were_fast_enough_elsewhere() {
        Learned time = ofTwoGenerations(Quantity.TIME);
        for (int tile = 0; tile < 4; tile++) {
            time.learn(new Observation(32, 0, 180, Ending.KILLED, "K" + tile, "S", "old1", "9f8e7d6c"));
            time.learn(new Observation(32, 120, 600, Ending.FINISHED, "K" + tile, "S", "new1", "0a1b2c3d"));
        }
        assertThat(time.nodesLeftOut()).isEmpty();
    }

    @Test
    void nodes_that_a_version_before_has_watched_without_their_kind_are_read() {
        Learned time = ofTwoGenerations(Quantity.TIME);
        String before = time.text().replace(";0a1b2c3d", "").replace(";9f8e7d6c", "");
        Learned read = Learned.parse(before);
        assertThat(read.nodesLeftOut()).as("as before").containsOnlyKeys("old1", "old2", "old3");

        for (int node = 1; node <= 4; node++) {
            finishes(read, 100, "new" + node, "0a1b2c3d");
        }
        assertThat(read.nodesLeftOut()).isEmpty();
    }

    @Test
    void a_node_that_is_well_again_is_used_again() {
        for (int run = 0; run < 60; run++) {
            finish(400);
        }
        for (int run = 0; run < 6; run++) {
            memory.learn(new Observation(32, 800, 16_000, Ending.FINISHED, "B" + run, "S", "bad"));
        }
        for (int run = 0; run < 20; run++) {
            memory.learn(new Observation(32, 400, 16_000, Ending.FINISHED, "C" + run, "S", "bad"));
        }
        assertThat(memory.nodesLeftOut()).isEmpty();
    }

    @Test
    void kills_that_are_spread_over_the_nodes_blame_the_measurement() {
        for (int run = 0; run < 60; run++) {
            finish(260);
        }
        for (int tile = 0; tile < 8; tile++) {
            end(Ending.KILLED, "B" + tile, 0, 300, "node" + tile % 4);
            end(Ending.FINISHED, "B" + tile, 260, 700, "node" + (tile + 1) % 4);
        }
        assertThat(memory.nodesLeftOut()).isEmpty();
        assertThat(memory.ask(32, NODE, KILLS).amount()).isGreaterThan(300);
    }

    @Test
    void time_is_asked_for_with_a_grace_and_in_whole_minutes() {
        Learned time = Learned.of(Quantity.TIME, 600);
        for (int run = 0; run < 400; run++) {
            time.learn(new Observation(32, 100, 600, Ending.FINISHED, "T" + run, "S" + run, "node1"));
        }
        // 100 s × 1.03 × 1.25 + 20 s = 149 s
        Asked asked = time.ask(32, new Limits(60, 86_400), KILLS);
        assertThat(asked.amount()).isEqualTo(180);
        assertThat(asked.why())
                .isEqualTo(
                        "3 min: 99.5 of 100 runs of this size need less than 100 s (400 runs, 400 scenes), × 1.03, × 1.25 + 20 s");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "sizing 2 MEMORY 512 0",
                "sizing 1 LOVE 512 0",
                "sizing 1 MEMORY NaN 0",
                "sizing 1 MEMORY -1 0",
                "sizing 1 MEMORY 512 0\nlast 40 1;1;1"
            })
    void a_damaged_text_is_reported_with_its_line(String text) {
        assertThatThrownBy(() -> Learned.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("what was learned about a class of runs is damaged: the line \"");
    }

    @Test
    void amounts_that_no_run_can_have_are_rejected() {
        assertThatThrownBy(() -> new Observation(Double.NaN, 1, 1, Ending.FINISHED, "T", "S", "N"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Observation(1, 1, 0, Ending.KILLED, "T", "S", "N"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Limits(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Limits(2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Learned.of(Quantity.MEMORY, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.ask(1, NODE, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
