package io.swath.model;

import java.util.regex.Pattern;

/** Host names under which only programs of this machine reach a server. */
public final class Loopback {
    private static final Pattern HOST = Pattern.compile("localhost|\\[::1]|127(\\.\\d{1,3}){3}");

    private Loopback() {}

    /** Whether a server that is bound to the host can be reached from this machine only. */
    public static boolean matches(String host) {
        return HOST.matcher(host).matches();
    }
}
