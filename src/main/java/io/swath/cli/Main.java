package io.swath.cli;

import io.swath.app.Version;
import io.swath.control.Control.Action;
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
    private static final Map<Action, String> ACTIONS = Map.of(
            Action.CANCEL, "End a scene: its queued and running tasks are cancelled.",
            Action.HOLD, "Let nothing more of a scene start; what runs goes on.",
            Action.RELEASE, "Let a held scene go on.",
            Action.SUSPEND, "Stop a scene's running tasks where they are.",
            Action.RESUME, "Let a suspended scene go on.",
            Action.RETRY, "Let the failed tiles of a failed scene go again.");

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
        for (Action action : Action.values()) {
            CommandLine command = new CommandLine(new ControlCommand(action));
            command.getCommandSpec().usageMessage().description(ACTIONS.get(action));
            line.addSubcommand(action.word(), command);
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
