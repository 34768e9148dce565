package io.swath.e2e;

import jakarta.jms.JMSException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A ground station as a separate program: announces every line of a file, and ends when the broker has all of them. */
final class AnnouncingStation {
    private AnnouncingStation() {}

    /** Arguments: {@code URL USER PASSWORD-FILE KEY-STORE KEY-STORE-PASSWORD-FILE FILE}. */
    public static void main(String[] arguments) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(arguments[5]));
        try (Station station = new Station(
                arguments[0], arguments[1], read(arguments[2]), Path.of(arguments[3]), read(arguments[4]))) {
            for (String line : lines) {
                send(station, line);
            }
        }
        System.out.println("sent " + lines.size());
    }

    /** Sends until the broker confirms it. The broker may get the announcement twice; Swath accepts it once. */
    private static void send(Station station, String line) throws JMSException {
        for (int attempt = 1; ; attempt++) {
            try {
                station.announce(line);
                return;
            } catch (JMSException e) {
                if (attempt == 5) {
                    throw e;
                }
            }
        }
    }

    private static String read(String file) throws IOException {
        return Files.readString(Path.of(file)).strip();
    }
}
