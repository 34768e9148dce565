package io.swath.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.swath.testing.TestClock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoginDelaysTest {
    private final TestClock clock = new TestClock();
    private final LoginDelays delays = new LoginDelays(clock);

    private Optional<Duration> wrong(String address) {
        return attempt(address, false).retryAfter();
    }

    private LoginDelays.Attempt attempt(String address, boolean correct) {
        try {
            return delays.attempt(InetAddress.getByName(address), () -> correct);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Makes wrong attempts, each after its delay, and returns the delays. */
    private Duration delayAfterWrong(String address, int times) {
        for (int i = 0; i < times; i++) {
            Optional<Duration> wait = wrong(address);
            if (wait.isPresent()) {
                clock.forward(wait.get());
                assertThat(wrong(address)).isEmpty();
            }
        }
        return attempt(address, true).retryAfter().orElse(Duration.ZERO);
    }

    @Test
    void the_first_wrong_passwords_cause_no_delay() {
        assertThat(delayAfterWrong("192.0.2.1", LoginDelays.FREE - 1)).isZero();
    }

    @Test
    void the_delay_doubles_up_to_a_minute() {
        assertThat(delayAfterWrong("192.0.2.1", 3)).isEqualTo(Duration.ofSeconds(1));
        assertThat(delayAfterWrong("192.0.2.2", 4)).isEqualTo(Duration.ofSeconds(2));
        assertThat(delayAfterWrong("192.0.2.3", 5)).isEqualTo(Duration.ofSeconds(4));
        assertThat(delayAfterWrong("192.0.2.4", 100)).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void the_right_password_is_not_checked_during_the_delay_and_clears_it_afterwards() {
        delayAfterWrong("192.0.2.1", 4);
        assertThat(attempt("192.0.2.1", true).correct()).isFalse();
        clock.forward(Duration.ofSeconds(2));
        assertThat(attempt("192.0.2.1", true).correct()).isTrue();
        assertThat(delayAfterWrong("192.0.2.1", 2)).isZero();
    }

    @Test
    void another_address_is_not_delayed() {
        delayAfterWrong("192.0.2.1", 50);
        assertThat(attempt("192.0.2.2", true).correct()).isTrue();
        assertThat(attempt("2001:db8::1", true).correct()).isTrue();
    }

    @Test
    void an_ipv6_network_counts_as_one_address() {
        delayAfterWrong("2001:db8::1", 3);
        assertThat(attempt("2001:db8::ffff:2", true).retryAfter()).isPresent();
        assertThat(attempt("2001:db8:0:1::1", true).correct()).isTrue();
    }

    @Test
    void an_address_is_forgotten_after_a_while() {
        delayAfterWrong("192.0.2.1", 20);
        clock.forward(LoginDelays.FORGOTTEN_AFTER.plusSeconds(1));
        assertThat(delayAfterWrong("192.0.2.1", 1)).isZero();
    }

    @Test
    void a_bounded_number_of_addresses_is_remembered_and_the_oldest_is_forgotten() {
        for (int i = 0; i < LoginDelays.MOST_ADDRESSES + 50; i++) {
            wrong("10.1." + i / 256 + "." + i % 256);
        }
        assertThat(delays.size()).isEqualTo(LoginDelays.MOST_ADDRESSES);
    }
}
