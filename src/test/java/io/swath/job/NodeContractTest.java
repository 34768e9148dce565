package io.swath.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Compares the enums of the job package with the scripts that run on the nodes: neither may change alone. */
class NodeContractTest {
    private static String code(String resource) throws IOException {
        try (InputStream in = JobScript.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.joining("\n"));
        }
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void the_exit_codes_match_job_sh() throws IOException {
        String job = code("/job/job.sh.template");
        Set<String> numbers = found("\\bexit (\\d+)\\b", job);
        numbers.addAll(found("\\b(?:finish|evidence) [a-z-]+ (\\d+)\\b", job));
        numbers.removeAll(Set.of("0", "1")); // a success, and a script that exits with a code of job.sh

        assertThat(numbers)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(ExitCode.values())
                        .map(own -> Integer.toString(own.code()))
                        .toList());
    }

    @Test
    void the_outcomes_match_job_sh() throws IOException {
        Set<String> words =
                found("\\b(?:finish|evidence) ([a-z][a-z-]*) (?:\\d|null|\"\\$)", code("/job/job.sh.template"));

        assertThat(words)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Outcome.values())
                        .filter(outcome -> outcome != Outcome.UNKNOWN)
                        .map(Outcome::word)
                        .toList());
    }

    @Test
    void the_assembly_ends_with_the_codes_that_job_sh_reads_as_not_ready_and_as_bad_tiles() throws IOException {
        assertThat(found("sys\\.exit\\((\\d+)\\)", code("/job/assemble.py")))
                .containsExactlyInAnyOrder(
                        "1", Integer.toString(ExitCode.NOT_READY.code()), Integer.toString(ExitCode.BAD_OUTPUT.code()));
        for (ExitCode code : List.of(ExitCode.NOT_READY, ExitCode.BAD_OUTPUT)) {
            assertThat(code("/job/job.sh.template"))
                    .contains("[[ $step == " + AssemblyFiles.STEP + " && $status == " + code.code() + " ");
        }
    }

    @Test
    void every_exit_code_and_every_outcome_is_read_back() {
        assertThat(ExitCode.values())
                .allSatisfy(own -> assertThat(ExitCode.of(own.code())).contains(own));
        assertThat(Outcome.values())
                .allSatisfy(outcome -> assertThat(Outcome.of(outcome.word())).isEqualTo(outcome));
    }

    @Test
    void a_code_of_the_script_is_no_exit_code_of_job_sh_and_an_unknown_word_is_an_unknown_outcome() {
        assertThat(ExitCode.of(0)).isEmpty();
        assertThat(ExitCode.of(3)).isEmpty();
        assertThat(Outcome.of("melted")).isEqualTo(Outcome.UNKNOWN);
        assertThat(Outcome.UNKNOWN.success()).isFalse();
    }

    @Test
    void the_scripts_use_the_file_names_of_the_layout() throws IOException {
        BatchLayout layout = new BatchLayout(java.nio.file.Path.of("/b"));
        assertThat(code("/job/job.sh.template"))
                .contains(layout.tiles().toString().replace("/b/", "$batch/"))
                .contains("$batch/evidence/$index.json", "$batch/logs/$index.log");
        assertThat(layout.evidence(7)).hasToString("/b/evidence/7.json");
        assertThat(layout.log(7)).hasToString("/b/logs/7.log");
        assertThat(code("/job/assemble.py"))
                .contains("\"" + layout.mosaic().getFileName() + "\"")
                .contains("os.path.join(batch, \"" + layout.product().getFileName() + "\")")
                .contains("\"" + layout.productPreview().getFileName() + "\"")
                .contains("\"" + layout.productFacts().getFileName() + "\"");
    }
}
