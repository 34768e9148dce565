package io.swath.submission.sizing;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.submission.sizing.Observation.Ending;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every class of runs, tried on runs of a random kind. */
class LearnedPropertiesTest {
    private static final Limits NODE = new Limits(64, 16_000);

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void requests_stay_within_the_limits_and_follow_the_accepted_share(long seed) {
        Random random = new Random(seed);
        Learned learned = Learned.of(Quantity.MEMORY, 1 + random.nextInt(20_000));
        double base = Math.exp(9 * random.nextDouble());
        double slope = random.nextInt(3) * base / 20;
        double spread = random.nextDouble();
        for (int run = 0; run < 400; run++) {
            double x = seed % 4 == 0 ? 0 : random.nextInt(1 + (int) seed * 5);
            double need = (base + slope * x) * Math.exp(spread * random.nextGaussian());
            String tile = "T" + run;
            String node = "node" + random.nextInt(5);
            double limit = within(learned.ask(x, NODE, 0.02));
            for (int attempt = 1; ; attempt++) {
                if (need <= limit) {
                    learned.learn(new Observation(x, need, limit, Ending.FINISHED, tile, "S" + run / 30, node));
                    break;
                }
                boolean lost = attempt == 4 || limit >= NODE.most();
                learned.learn(new Observation(
                        x, limit, limit, lost ? Ending.LOST : Ending.KILLED, tile, "S" + run / 30, node));
                if (lost) {
                    assertThat(need).isGreaterThan(NODE.most());
                    break;
                }
                boolean otherNode = learned.nodesLeftOut().containsKey(node);
                double more = within(learned.askAgain(x, limit, node, attempt == 3, NODE, 0.02));
                assertThat(more).isGreaterThanOrEqualTo(otherNode ? limit : Math.min(NODE.most(), 1.2 * limit));
                if (!otherNode) { // what was seen to fail is asked for by no other tile either
                    assertThat(learned.ask(x, NODE, 0.02).amount()).isGreaterThan(Math.min(limit, NODE.most() - 1));
                }
                limit = more;
            }
            double previous = NODE.most();
            for (double share : new double[] {0.001, 0.005, 0.02, 0.1, 0.3}) {
                double amount = within(learned.ask(x, NODE, share));
                assertThat(amount).isLessThanOrEqualTo(previous);
                previous = amount;
            }
        }
    }

    private static double within(Asked asked) {
        assertThat(asked.amount()).isBetween(NODE.least(), NODE.most()).isEqualTo(Math.rint(asked.amount()));
        assertThat(asked.expected()).isPositive().isFinite();
        assertThat(asked.why())
                .startsWith(Math.round(asked.amount()) + " MiB: ")
                .doesNotContain("NaN", "Infinity");
        return asked.amount();
    }

    @Test
    void the_text_is_bounded_and_gives_one_that_answers_the_same() {
        Random random = new Random(9);
        Learned learned = Learned.of(Quantity.MEMORY, 512);
        for (int run = 0; run < 20_000; run++) {
            Ending ending = run % 40 == 0 ? Ending.KILLED : Ending.FINISHED;
            double x = random.nextInt(1000);
            double need = (100 + x) * Math.exp(random.nextGaussian());
            learned.learn(new Observation(
                    x,
                    need,
                    need,
                    ending,
                    "scene/" + run,
                    "a scene with a long name " + run / 7,
                    "a-node-with-a-name-" + run % 977));
            if (run % 1_999 == 0 || run < 40) {
                Learned read = Learned.parse(learned.text());
                assertThat(read.text())
                        .isEqualTo(learned.text())
                        .hasSizeLessThan(16_000)
                        .matches("[ -~\n]*");
                assertThat(read.ask(700, NODE, 0.02)).isEqualTo(learned.ask(700, NODE, 0.02));
                assertThat(read.nodesLeftOut()).isEqualTo(learned.nodesLeftOut());
            }
        }
        assertThat(learned.runs()).isGreaterThan(18_000);
    }

    @Test
    void a_text_of_which_any_part_is_missing_is_read_or_reported() {
        Learned learned = Learned.of(Quantity.TIME, 60);
        for (int run = 0; run < 50; run++) {
            Ending ending = run % 10 == 0 ? Ending.KILLED : Ending.FINISHED;
            learned.learn(new Observation(run % 3, run, 60, ending, "T" + run, "S" + run / 9, "node" + run % 3));
        }
        String text = learned.text();
        int reported = 0;
        for (int end = 0; end < text.length(); end++) {
            try {
                Learned.parse(text.substring(0, end)).ask(2, NODE, 0.02);
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageContaining("is damaged");
                reported++;
            }
        }
        assertThat(reported).isGreaterThan(text.length() - 40);
    }
}
