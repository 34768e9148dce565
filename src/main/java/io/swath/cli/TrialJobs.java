package io.swath.cli;

import io.swath.job.Directives;
import io.swath.model.JobOptions;
import io.swath.model.Placement;
import io.swath.model.Request;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Asks the cluster whether it would accept jobs as Swath sends them, and finds the setting that is the cause if not. */
final class TrialJobs {
    private final Directives directives;
    private final Function<List<String>, Optional<String>> refusalOf;

    /** @param refusalOf why the cluster would not accept a job with these options; empty: it would */
    TrialJobs(Directives directives, Function<List<String>, Optional<String>> refusalOf) {
        this.directives = directives;
        this.refusalOf = refusalOf;
    }

    /** What is wrong with a job of this request; empty: the cluster would accept it. */
    Optional<String> problem(Request request, boolean night) {
        List<String> words = directives.words(request, night);
        return refusalOf
                .apply(words)
                .map(why -> "Slurm would refuse a job with " + String.join(" ", words) + ": " + why + ". "
                        + causes(words, request));
    }

    /** A setting is the cause if the cluster would accept the same job without it. */
    private String causes(List<String> words, Request request) {
        Map<String, String> settings = settings(words, request);
        List<String> causes = settings.entrySet().stream()
                .filter(setting ->
                        refusalOf.apply(without(words, setting.getKey())).isEmpty())
                .map(setting -> setting.getValue() + " (" + setting.getKey() + ")")
                .toList();
        return causes.isEmpty()
                ? "Compare slurm.account, slurm.qos, slurm.partition.*, slurm.options.* and the recipe's request with"
                        + " what the site asks for"
                : "It would accept the job without " + String.join(", or without ", causes) + ": correct that";
    }

    private static List<String> without(List<String> words, String word) {
        List<String> rest = new ArrayList<>(words);
        rest.remove(word);
        return rest;
    }

    /** The words that come from settings, each with the name of its setting. */
    private Map<String, String> settings(List<String> words, Request request) {
        String kind = Directives.onGpu(request) ? "gpu" : "cpu";
        JobOptions options = directives.options(request);
        Placement asked = request.placement();
        List<String> recipes = List.of(
                "--account=" + asked.account(),
                "--qos=" + asked.qos(),
                "--constraint=" + asked.constraint(),
                "--reservation=" + asked.reservation());
        Map<String, String> settings = new LinkedHashMap<>();
        for (String word : words) {
            if (recipes.contains(word)) {
                settings.put(word, "the recipe's request");
            } else if (word.startsWith("--account=")) {
                settings.put(word, "slurm.account");
            } else if (word.startsWith("--qos=")) {
                settings.put(word, word.equals("--qos=" + directives.qos()) ? "slurm.qos" : "nightly.qos");
            } else if (word.startsWith("--partition=")) {
                settings.put(word, "slurm.partition." + kind);
            } else if (options.words().contains(word) || (word.startsWith("--gres=") && namesGres(options))) {
                settings.put(word, "slurm.options." + kind);
            }
        }
        return settings;
    }

    private static boolean namesGres(JobOptions options) {
        return !options.gpuType().isEmpty() || options.has("gres");
    }
}
