package io.swath.cluster.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.cluster.UnreachableException;
import io.swath.testing.TestClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CommandBudgetTest {
    private static final String RATE_LIMIT = "slurm_load_jobs error: Rate limit exceeded, please retry momentarily";

    private final TestClock clock = new TestClock();

    private CommandBudget budget(int perMinute) {
        return new CommandBudget(perMinute, clock, clock::forward);
    }

    private Duration timeOf(CommandBudget budget, int commands, Precedence precedence) {
        Instant before = clock.instant();
        for (int sent = 0; sent < commands; sent++) {
            budget.take(1, precedence, 1);
        }
        return Duration.between(before, clock.instant());
    }

    @Test
    void sends_half_of_a_minutes_commands_at_once_and_the_others_at_the_rate_of_the_setting() {
        CommandBudget budget = budget(120);

        assertThat(timeOf(budget, 60, Precedence.CHANGE)).isZero();
        assertThat(timeOf(budget, 120, Precedence.CHANGE)).isBetween(Duration.ofSeconds(59), Duration.ofSeconds(61));
    }

    @Test
    void questions_leave_a_quarter_of_the_bucket_to_submissions() {
        CommandBudget budget = budget(120);

        assertThat(timeOf(budget, 45, Precedence.QUESTION)).isZero();
        assertThat(timeOf(budget, 1, Precedence.QUESTION)).isPositive();
        assertThat(timeOf(budget, 15, Precedence.CHANGE)).isZero();
    }

    @Test
    void what_a_person_asked_for_never_waits_and_the_others_make_up_for_it() {
        CommandBudget budget = budget(60);
        timeOf(budget, 30, Precedence.CHANGE);

        assertThat(timeOf(budget, 10, Precedence.NOW)).isZero();
        assertThat(timeOf(budget, 1, Precedence.CHANGE)).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(12));
    }

    @Test
    void more_submissions_together_than_the_bucket_holds_are_sent_when_it_is_full() {
        CommandBudget budget = budget(10);
        budget.take(50, Precedence.CHANGE, 50);

        assertThat(timeOf(budget, 1, Precedence.CHANGE)).isGreaterThan(Duration.ofMinutes(4));
    }

    @Test
    void halves_the_budget_when_slurm_limits_the_rate_and_says_so_until_it_has_grown_back() {
        CommandBudget budget = budget(120);
        budget.answered("sbatch", "something else\n" + RATE_LIMIT + "\n");

        assertThat(budget.overload())
                .get()
                .asString()
                .contains("sbatch: " + RATE_LIMIT, "at most 60 commands a minute");
        assertThat(timeOf(budget, 31, Precedence.CHANGE)).isBetween(Duration.ofSeconds(27), Duration.ofSeconds(31));
        clock.forward(Duration.ofMinutes(4));
        assertThat(budget.overload()).isPresent();
        clock.forward(Duration.ofMinutes(1));
        assertThat(budget.overload()).isEmpty();
        clock.forward(Duration.ofMinutes(1));
        assertThat(timeOf(budget, 60, Precedence.CHANGE)).isZero();
    }

    @Test
    void commands_that_fail_together_halve_the_budget_once() {
        CommandBudget budget = budget(120);
        for (int sent = 0; sent < 5; sent++) {
            budget.answered("squeue", "slurm_load_jobs error: Socket timed out on send/recv operation");
        }

        assertThat(budget.overload()).get().asString().contains("at most 60 commands a minute");
    }

    @Test
    void a_slurm_that_stays_overloaded_still_gets_a_few_commands() {
        CommandBudget budget = budget(120);
        for (int sent = 0; sent < 20; sent++) {
            budget.answered("sacct", "Rate limit exceeded, please retry with a delay");
            clock.forward(Duration.ofSeconds(10));
        }

        assertThat(budget.overload()).get().asString().containsPattern("at most [6-8] commands a minute");
        assertThat(timeOf(budget, 3, Precedence.CHANGE)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void keeps_to_the_rate_that_slurmctld_accepts_and_asks_accounting_without_it() {
        CommandBudget budget = budget(600);
        budget.keepTo(Optional.of(new RateLimit(4, 2, 10)));

        assertThat(timeOf(budget, 4, Precedence.CHANGE)).isZero();
        assertThat(timeOf(budget, 6, Precedence.CHANGE)).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(31));
        Instant before = clock.instant();
        budget.take(1, Precedence.QUESTION, 0);
        assertThat(clock.instant()).isEqualTo(before);
        assertThat(budget.overload()).isEmpty();

        budget.keepTo(Optional.empty());
        assertThat(timeOf(budget, 6, Precedence.CHANGE)).isZero();
    }

    @Test
    void no_question_takes_the_tokens_for_which_a_submission_waits() throws InterruptedException {
        Thread submission = Thread.currentThread();
        CountDownLatch questionWaits = new CountDownLatch(1);
        CountDownLatch submitted = new CountDownLatch(1);
        List<CommandBudget> budgets = new ArrayList<>();
        Thread question = new Thread(() -> budgets.get(0).take(1, Precedence.QUESTION, 1));
        CommandBudget budget = new CommandBudget(600, clock, wait -> {
            if (Thread.currentThread() == submission) {
                clock.forward(wait);
                if (question.getState() == Thread.State.NEW) {
                    clock.forward(Duration.ofSeconds(10)); // 2 more tokens: enough for a question alone
                    question.start();
                }
                await(questionWaits);
            } else {
                questionWaits.countDown();
                await(submitted);
                clock.forward(wait);
            }
        });
        budgets.add(budget);
        budget.keepTo(Optional.of(new RateLimit(4, 2, 10)));
        timeOf(budget, 4, Precedence.CHANGE);

        budget.take(4, Precedence.CHANGE, 4);

        assertThat(question.isAlive()).isTrue();
        submitted.countDown();
        question.join();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_rate_limit_that_is_read_again_gives_no_new_tokens() {
        CommandBudget budget = budget(600);
        budget.keepTo(Optional.of(new RateLimit(4, 2, 10)));
        timeOf(budget, 4, Precedence.CHANGE);
        budget.keepTo(Optional.of(new RateLimit(4, 2, 10)));

        assertThat(timeOf(budget, 1, Precedence.CHANGE)).isPositive();
    }

    @Test
    void other_errors_change_nothing() {
        CommandBudget budget = budget(120);
        budget.answered("sbatch", "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy");

        assertThat(budget.overload()).isEmpty();
    }

    @Test
    void a_thread_that_is_stopped_sends_nothing() {
        CommandBudget budget = budget(2);
        budget.take(1, Precedence.CHANGE, 1);
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> budget.take(1, Precedence.CHANGE, 1))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("Swath is stopping");
        assertThat(Thread.interrupted()).isTrue();
    }
}
