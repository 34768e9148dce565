package io.swath.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Placement;
import io.swath.model.Placement.Bind;
import io.swath.model.Recipe;
import io.swath.model.RecipeRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacementReaderTest {
    @TempDir
    Path folder;

    private Placement read(String step) throws IOException {
        Path recipe = Files.createDirectories(folder.resolve("asking"));
        Path script = Files.writeString(recipe.resolve("a.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(
                recipe.resolve("recipe.yaml"),
                "accepts: { bands: [3] }\nsteps: [ { name: a, run: a.sh, " + step + " } ]\n");
        return new RecipeBook(folder)
                .find("asking")
                .orElseThrow()
                .steps()
                .get(0)
                .placement();
    }

    @Test
    void a_request_says_where_a_step_runs_and_with_how_many_tasks() throws IOException {
        assertThat(read("gpus: 2, request: { constraint: 'avx512&ssd', reservation: eo_day, account: earth,"
                        + " qos: high, exclusive: true, gpu-type: a100, tasks: 4, nodes: 2,"
                        + " bind: { cpu: cores, gpu: closest } }"))
                .isEqualTo(new Placement(
                        "avx512&ssd", "eo_day", "earth", "high", true, "a100", 4, 2, new Bind("cores", "closest")));
        assertThat(read("request: { cpus: 2 }")).isEqualTo(Placement.NONE);
        assertThat(read("device: cpu")).isEqualTo(Placement.NONE);
        assertThat(read("request: { nodes: 2 }")).isEqualTo(Placement.of(2, 2));
        assertThat(read("gpus: 2, request: { tasks: 2, bind: { gpu: map } }").bind())
                .isEqualTo(new Bind("", "map"));
        assertThat(read("gpus: 1, request: { gpu-type: 1g.10gb }").gpuType()).isEqualTo("1g.10gb");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                // the step | the field | the rule | the remedy
                "request: { tasks: 3, nodes: 2 }             # request.tasks       # spread evenly over 2 nodes # multiple",
                "request: { tasks: 0 }                       # request.tasks       # from 1 to 4096 # range",
                "request: { nodes: 5000 }                    # request.nodes       # from 1 to 1024 # range",
                "request: { tasks: two }                     # request.tasks       # whole number # range",
                "gpu: 0.5, request: { nodes: 2 }             # request.nodes       # is on one node # gpus: 1",
                "request: { constraint: 'a b' }              # request.constraint  # a b # avx512&ssd",
                "request: { constraint: '(a' }               # request.constraint  # brackets # avx512&ssd",
                "request: { constraint: 'a)(' }              # request.constraint  # brackets # avx512&ssd",
                "request: { constraint: '&' }                # request.constraint  # is # avx512&ssd",
                "request: { constraint: '-a' }               # request.constraint  # is # avx512&ssd",
                "request: { constraint: 'a;b' }              # request.constraint  # is # avx512&ssd",
                "request: { reservation: 'eo day' }          # request.reservation # is # one name",
                "request: { account: -x }                    # request.account     # is # one name",
                "request: { qos: 'a,b' }                     # request.qos         # is # one name",
                "request: { qos: '' }                        # request.qos         # is # one name",
                "request: { exclusive: maybe }               # request.exclusive   # true or false # true or false",
                "request: { gpu-type: a100 }                 # request.gpu-type    # no GPU # gpus: 1",
                "gpus: 1, request: { gpu-type: 4 }           # request.gpu-type    # is 4 # sinfo",
                "gpus: 1, request: { gpu-type: 4k }          # request.gpu-type    # is # sinfo",
                "gpus: 1, request: { gpu-type: 'a100:2' }    # request.gpu-type    # is # gpus",
                "request: { bind: { cpu: threads } }         # request.bind.cpu    # not known # cores, sockets, none",
                "request: { bind: { gpu: closest } }         # request.bind.gpu    # no GPU # gpus: 1",
                "gpus: 2, request: { bind: { gpu: map } }    # request.bind.gpu    # one GPU # as many tasks",
                "request: { bind: { memory: local } }        # request.bind.memory # not known # Known here",
                "request: { bind: cores }                    # request.bind        # names with values # object",
                "tasks: 4                                    # tasks               # not known # Known here",
            })
    void an_invalid_wish_is_rejected_with_its_field_the_rule_and_a_remedy(
            String step, String field, String rule, String remedy) {
        assertThatThrownBy(() -> read(step))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining("steps[0]." + field)
                .hasMessageContaining(rule)
                .hasMessageContaining(remedy);
    }

    private Recipe.Assemble assembly(String fields) throws IOException {
        Path recipe = Files.createDirectories(folder.resolve("asking"));
        Path script = Files.writeString(recipe.resolve("a.sh"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(
                recipe.resolve("recipe.yaml"),
                "accepts: { bands: [3] }\nsteps: [ { name: a, run: a.sh } ]\nassemble: { " + fields + " }\n");
        return new RecipeBook(folder).find("asking").orElseThrow().assemble();
    }

    @Test
    void an_assembly_has_a_request_of_the_same_form_as_a_steps() throws IOException {
        assertThat(assembly("request: { cpus: 8, memory: 4G, time: 20m, tasks: 4, nodes: 2, constraint: ssd,"
                                + " reservation: eo_day, account: earth, qos: high, exclusive: true,"
                                + " bind: { cpu: cores } }")
                        .request())
                .isEqualTo(new RecipeRequest(
                        OptionalInt.of(8),
                        OptionalInt.of(4096),
                        Optional.of(Duration.ofMinutes(20)),
                        new Placement("ssd", "eo_day", "earth", "high", true, "", 4, 2, new Bind("cores", ""))));
        assertThat(assembly("request: { tasks: 2 }").request())
                .isEqualTo(new RecipeRequest(
                        OptionalInt.empty(), OptionalInt.empty(), Optional.empty(), Placement.of(2, 1)));
        assertThat(assembly("preview: false").request()).isEqualTo(RecipeRequest.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "request: { gpu: 0.5 }             # assemble.request.gpu      # no part of it can use a GPU # a step of the recipe",
                "request: { gpus: 1 }              # assemble.request.gpus     # no part of it can use a GPU # a step of the recipe",
                "request: { gpu-type: a100 }       # assemble.request.gpu-type # no part of it can use a GPU # a step of the recipe",
                "request: { bind: { gpu: map } }   # assemble.request.bind.gpu # no part of it can use a GPU # a step of the recipe",
                "gpu: 1                            # assemble.gpu              # no part of it can use a GPU # a step of the recipe",
                "gpus: 2                           # assemble.gpus             # no part of it can use a GPU # a step of the recipe",
                "device: gpu                       # assemble.device           # no part of it can use a GPU # a step of the recipe",
                "request: { tasks: 3, nodes: 2 }   # assemble.request.tasks    # spread evenly over 2 nodes # multiple",
                "request: { cpus: 0 }              # assemble.request.cpus     # from 1 to 1024 # range",
                "request: { memory: 4 }            # assemble.request.memory   # with its unit # 600M",
                "request: { time: soon }           # assemble.request.time     # with its unit # 90s",
                "request: { cores: 4 }             # assemble.request.cores    # not known # spelling"
            })
    void what_an_assembly_cannot_ask_for_is_refused_with_field_reason_and_remedy(
            String fields, String field, String what, String remedy) {
        assertThatThrownBy(() -> assembly(fields))
                .isInstanceOf(RecipeException.class)
                .hasMessageContaining(field)
                .hasMessageContaining(what)
                .hasMessageContaining(remedy);
    }
}
