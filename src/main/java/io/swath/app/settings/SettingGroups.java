package io.swath.app.settings;

import io.swath.arrival.ArrivalSettings;
import io.swath.arrival.night.NightlySettings;
import io.swath.arrival.station.StationSettings;
import io.swath.broker.BrokerSettings;
import io.swath.broker.ListenerSettings;
import io.swath.cluster.slurm.SlurmSettings;
import io.swath.console.ConsoleSettings;
import io.swath.delivery.EventSettings;
import io.swath.ledger.DatabaseSettings;
import io.swath.model.Secret;
import io.swath.model.Setting;
import io.swath.planning.TerrainSettings;
import io.swath.retention.RetentionSettings;
import io.swath.storage.StorageGroups;
import io.swath.storage.StorageSettings;
import io.swath.submission.SubmissionSettings;
import io.swath.submission.TileSettings;
import io.swath.tracking.RetrySettings;
import io.swath.tracking.TrackingSettings;
import io.swath.waiting.WaitingSettings;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** All records that hold settings, in the order of {@code config/application.properties}. */
final class SettingGroups {
    /** The end of the key that names a file with the secret. */
    static final String FILE_SUFFIX = "-file";

    /** The groups under one heading of the file. */
    record Section(String heading, List<Class<? extends Record>> groups) {}

    static final List<Section> SECTIONS = List.of(
            new Section(
                    "The storage: one folder that this program and every compute node see",
                    List.of(StorageSettings.class, StorageGroups.class)),
            new Section("The cluster", List.of(ClusterSettings.class, SlurmSettings.class)),
            new Section(
                    "How much at once, and retries",
                    List.of(
                            SubmissionSettings.class,
                            TileSettings.class,
                            RetrySettings.class,
                            TrackingSettings.class,
                            WaitingSettings.class)),
            new Section("Arrival", List.of(ArrivalSettings.class)),
            new Section("The terrain, for scenes that have to be put onto a map", List.of(TerrainSettings.class)),
            new Section("Nightly reprocessing", List.of(NightlySettings.class)),
            new Section("How long Swath keeps what it no longer needs", List.of(RetentionSettings.class)),
            new Section(
                    "Where Swath keeps its own files",
                    List.of(StateSettings.class, DatabaseSettings.class, BrokerSettings.class)),
            new Section(
                    "Ground stations: they announce scenes on the JMS queue swath.scenes",
                    List.of(ListenerSettings.class, StationSettings.class)),
            new Section("Events", List.of(EventSettings.class)),
            new Section("The console", List.of(ConsoleSettings.class)),
            new Section("Development", List.of(DevelopmentSettings.class)));

    private SettingGroups() {}

    static Stream<Class<? extends Record>> all() {
        return SECTIONS.stream().flatMap(section -> section.groups().stream());
    }

    /** Every key with its default. */
    static Map<String, String> defaults() {
        Map<String, String> defaults = new LinkedHashMap<>();
        all().flatMap(group -> Stream.of(group.getRecordComponents())).forEach(component -> {
            Setting setting = component.getAnnotation(Setting.class);
            defaults.put(setting.key(), setting.byDefault());
            if (isSecret(component)) {
                defaults.put(setting.key() + FILE_SUFFIX, "");
            }
        });
        return defaults;
    }

    /** The keys of passwords. */
    static Set<String> secretKeys() {
        return all().flatMap(group -> Stream.of(group.getRecordComponents()))
                .filter(SettingGroups::isSecret)
                .map(component -> component.getAnnotation(Setting.class).key())
                .collect(Collectors.toSet());
    }

    static boolean isSecret(RecordComponent component) {
        return component.getType() == Secret.class;
    }
}
