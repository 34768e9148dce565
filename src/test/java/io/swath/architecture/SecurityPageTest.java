package io.swath.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every test that {@code docs/security.md} names exists. */
class SecurityPageTest {
    private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

    @Test
    void every_test_that_the_page_names_exists() throws IOException {
        Set<String> named = new TreeSet<>();
        Set<String> missing = new TreeSet<>();
        Matcher matcher = TEST.matcher(Files.readString(Path.of("docs/security.md")));
        while (matcher.find()) {
            named.add(matcher.group());
            Pattern method = Pattern.compile("(void|Stream<DynamicTest>) " + matcher.group(2) + "\\(");
            if (!method.matcher(source(matcher.group(1))).find()) {
                missing.add(matcher.group());
            }
        }
        assertThat(named).hasSizeGreaterThan(20);
        assertThat(missing).isEmpty();
    }

    /** The text of a test class; empty if there is none. */
    private static String source(String name) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            return files.filter(file -> file.endsWith(name + ".java"))
                    .map(SecurityPageTest::read)
                    .findFirst()
                    .orElse("");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
