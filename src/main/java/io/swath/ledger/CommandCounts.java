package io.swath.ledger;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;

/** How many commands were sent to the cluster, and how many tasks, by days of UTC. Used within the session that returned it. */
public final class CommandCounts {
    private final Session session;

    CommandCounts(Session session) {
        this.session = session;
    }

    /**
     * What was sent to the cluster in some days.
     *
     * @param from the first day on which something was sent
     */
    public record Sent(LocalDate from, long commands, long tasks) {
        /** How many commands 1,000 tasks took; empty: there was no task. */
        public Optional<Double> perThousandTasks() {
            return tasks == 0 ? Optional.empty() : Optional.of(1000.0 * commands / tasks);
        }
    }

    /** Adds commands to those of today. */
    public void addCommands(long commands) {
        add(commands, 0);
    }

    /** Adds tasks to those of today. */
    void addTasks(long tasks) {
        add(0, tasks);
    }

    private void add(long commands, long tasks) {
        session.handle.execute(
                "insert into cluster_day (day, commands, tasks) values (?, ?, ?) on conflict (day) do update set"
                        + " commands = cluster_day.commands + excluded.commands, tasks = cluster_day.tasks + excluded.tasks",
                today().toEpochDay(),
                commands,
                tasks);
    }

    /** What was sent today and in the days before, so many days in all; empty: no command was. */
    public Optional<Sent> lastDays(int days) {
        return session.handle
                .createQuery("select min(day) as first, coalesce(sum(commands), 0) as commands,"
                        + " coalesce(sum(tasks), 0) as tasks from cluster_day where day > :before")
                .bind("before", today().toEpochDay() - days)
                .map((row, context) -> new Sent(
                        LocalDate.ofEpochDay(row.getLong("first")), row.getLong("commands"), row.getLong("tasks")))
                .findOne()
                .filter(sent -> sent.commands() > 0);
    }

    private LocalDate today() {
        return LocalDate.ofInstant(session.now(), ZoneOffset.UTC);
    }
}
