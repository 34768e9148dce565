package io.swath.cli;

import io.swath.app.Version;
import io.swath.control.Action;
import io.swath.model.Secret;
import io.swath.untrusted.Texts;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParseResult;

/** The command line. */
@Command(
        name = "swath",
        description = {
            "Processes incoming satellite scenes on a Slurm cluster, tile by tile, and delivers the products.",
            "Try ./swath demo first; ./swath COMMAND --help explains a command."
        },
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
            AccountCommand.class,
            NightlyCommand.class,
            DoctorCommand.class
        })
public final class Main {
    private static final Logger log = LoggerFactory.getLogger(Main.class);

    private static final Map<Action, String> ACTIONS = Map.of(
            Action.CANCEL, "End a scene: cancel its queued and running tasks.",
            Action.HOLD, "Start no more tasks of a scene; its running tasks go on.",
            Action.RELEASE, "Let the tasks of a held scene start again.",
            Action.SUSPEND, "Pause a scene's running tasks. On Slurm this needs an operator's rights.",
            Action.RESUME, "Continue the paused tasks of a suspended scene.",
            Action.RETRY, "Retry the failed tiles of a failed scene, with the recipe as it was at planning.");

    private Main() {}

    static final class Versions implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"swath " + Version.TEXT};
        }
    }

    /** Runs the command line and exits: with status 0 only when the command did its work. */
    public static void main(String[] arguments) {
        TerminalOutput.protect();
        Thread.setDefaultUncaughtExceptionHandler(
                (thread, failure) -> log.error("the thread {} has ended", thread.getName(), failure));
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        for (Action action : Action.values()) {
            CommandLine command = new CommandLine(new ControlCommand(action));
            command.getCommandSpec().usageMessage().description(ACTIONS.get(action));
            line.addSubcommand(action.word(), command);
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF));
        line.setParameterExceptionHandler(Main::printUsage);
        line.setExecutionExceptionHandler(Main::printError);
        return line;
    }

    /** Prints what is wrong with the arguments, which a shell may have made of the names of files. */
    private static int printUsage(CommandLine.ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        command.getErr().println(Texts.line(String.valueOf(wrong.getMessage())));
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, command.getErr())) {
            command.usage(command.getErr());
        }
        return command.getCommandSpec().exitCodeOnInvalidInput();
    }

    /** Prints the error's message for the user; its stack trace only with SWATH_LOG=DEBUG. */
    private static int printError(Exception failure, CommandLine line, ParseResult result) {
        line.getErr()
                .println("swath: "
                        + Texts.line(
                                Secret.hide(failure.getMessage() == null ? failure.toString() : failure.getMessage())));
        if ("DEBUG".equals(System.getenv("SWATH_LOG"))) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace, true));
            line.getErr().println(Secret.hide(trace.toString()));
        }
        return 1;
    }
}
