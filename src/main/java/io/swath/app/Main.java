package io.swath.app;

import io.swath.control.Control.Verb;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** The command line. */
@Command(
        name = "swath",
        description = "Turns dropped satellite scenes into products on a Slurm cluster, and never loses one.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Versions.class,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            DemoCommand.class,
            RunCommand.class,
            SubmitCommand.class,
            SendCommand.class,
            PlanCommand.class,
            StatusCommand.class,
            WatchCommand.class,
            ReportCommand.class,
            NightlyCommand.class,
            DoctorCommand.class
        })
public final class Main {
    private static final Map<Verb, String> VERBS = Map.of(
            Verb.CANCEL, "End a scene: its queued and running tasks are cancelled.",
            Verb.HOLD, "Let nothing more of a scene start; what runs goes on.",
            Verb.RELEASE, "Let a held scene go on.",
            Verb.SUSPEND, "Stop a scene's running tasks where they are.",
            Verb.RESUME, "Let a suspended scene go on.",
            Verb.RETRY, "Let the failed tiles of a failed scene go again.");

    private Main() {}

    static final class Versions implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"swath " + Version.TEXT};
        }
    }

    /** Runs the command line and ends with its exit status: 0 only when what was asked for was done. */
    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new Main());
        for (Verb verb : Verb.values()) {
            CommandLine command = new CommandLine(new ControlCommand(verb));
            command.getCommandSpec().usageMessage().description(VERBS.get(verb));
            line.addSubcommand(verb.word(), command);
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler(Main::explain);
        System.exit(line.execute(arguments));
    }

    /** An error is one sentence for the user; what only a developer can read comes with SWATH_LOG=DEBUG. */
    private static int explain(Exception failure, CommandLine line, ParseResult result) {
        line.getErr().println("swath: " + (failure.getMessage() == null ? failure : failure.getMessage()));
        if ("DEBUG".equals(System.getenv("SWATH_LOG"))) {
            failure.printStackTrace(line.getErr());
        }
        return 1;
    }
}
