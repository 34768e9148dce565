package io.swath.ledger;

import io.swath.model.Secret;
import io.swath.model.Setting;

/** Where the ledger is. */
public record DatabaseSettings(
        @Setting(
                key = "database.url",
                help =
                        "The JDBC URL of a PostgreSQL database, such as jdbc:postgresql://db/swath. Empty: SQLite in"
                                + " state.dir. When several Swaths use one database, one is the leader and the others stand by.")
        String url,

        @Setting(key = "database.user", help = "The database user.")
        String user,

        @Setting(
                key = "database.password",
                help =
                        "The database user's password. Give it in the environment (DATABASE_PASSWORD) or in a file, so that"
                                + " it is not in this file.")
        Secret password) {

    /** Whether the ledger is a PostgreSQL database, which several Swaths may share; else it is SQLite. */
    public boolean shared() {
        return !url.isEmpty();
    }

    /** For messages: without the URL's parameters, because a password may be among them. */
    public String description() {
        return shared() ? url.replaceFirst("\\?.*", "") : "SQLite";
    }
}
