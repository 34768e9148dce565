package io.swath.app.routes;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import org.apache.sshd.client.session.ClientSession;
import org.junit.jupiter.api.Test;

class LoginAnswerTest {
    private final LoginAnswer answer = new LoginAnswer("login");
    private final ClientSession session = (ClientSession) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {ClientSession.class}, (proxy, method, arguments) -> null);

    @Test
    void a_session_that_is_there_in_time_is_the_commands() throws Exception {
        assertThat(answer.offer(session)).isTrue();
        assertThat(answer.await(1)).isTrue();
        assertThat(answer.getSession()).isSameAs(session);
    }

    @Test
    void a_session_that_comes_after_the_command_has_given_up_is_not_the_commands() throws Exception {
        answer.await(1);
        assertThat(answer.isConnected()).isFalse();
        assertThat(answer.offer(session)).isFalse();
        assertThat(answer.isConnected()).isFalse();
    }
}
