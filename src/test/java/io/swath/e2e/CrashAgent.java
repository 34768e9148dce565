package io.swath.e2e;

import static net.bytebuddy.matcher.ElementMatchers.any;
import static net.bytebuddy.matcher.ElementMatchers.isMethod;
import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.isStatic;
import static net.bytebuddy.matcher.ElementMatchers.nameStartsWith;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.not;
import static net.bytebuddy.matcher.ElementMatchers.returns;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;

import io.swath.cluster.JobArray;
import io.swath.cluster.Submitted;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.utility.JavaModule;

/**
 * A Java agent that adds crash points to Swath and calls {@link CrashPoints} at each of them. The crash points are
 * before and after each transaction, within it before the commit, and before and after each change of a file, call of
 * the cluster, Slurm command, message, and stage method that a route calls. The program itself is not changed for this.
 */
public final class CrashAgent {
    private static final ElementMatcher.Junction<TypeDescription> STAGES = namedOneOf(
            "io.swath.arrival.CommandArrival",
            "io.swath.arrival.folder.InboxArrival",
            "io.swath.arrival.station.Pickup",
            "io.swath.arrival.night.NightlyReprocessing",
            "io.swath.planning.Planning",
            "io.swath.submission.Submission",
            "io.swath.tracking.Tracking",
            "io.swath.delivery.Delivery",
            "io.swath.delivery.Messages",
            "io.swath.control.Control");
    private static final ElementMatcher.Junction<TypeDescription> CLUSTERS =
            namedOneOf("io.swath.cluster.local.LocalCluster", "io.swath.cluster.slurm.SlurmCluster");
    private static final ElementMatcher.Junction<TypeDescription> RUNNERS =
            namedOneOf("io.swath.cluster.slurm.LocalCommandRunner", "io.swath.app.routes.SshRunner");

    private CrashAgent() {}

    /** Writes the jar for {@code -javaagent}. It only names this class, which is on the class path. */
    static Path jar(Path file) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), CrashAgent.class.getName());
        new JarOutputStream(Files.newOutputStream(file), manifest).close();
        return file;
    }

    /** Called by the Java virtual machine, with the path of the file with the orders. */
    public static void premain(String orders, Instrumentation instrumentation) throws IOException {
        CrashPoints.obey(Path.of(orders));
        AsmVisitorWrapper files = files();
        new AgentBuilder.Default()
                .with(new Loud())
                .ignore(not(nameStartsWith("io.swath.").or(nameStartsWith("org.apache.activemq."))))
                .type(named("io.swath.ledger.Ledger"))
                .transform(advice(Transaction.class, namedOneOf("write", "change")))
                .type(CLUSTERS)
                .transform(advice(Effect.class, namedOneOf("cancel", "hold", "release", "suspend", "resume", "find")))
                .transform(advice(Submit.class, named("submit").and(returns(Submitted.class))))
                .transform(advice(SubmitSeries.class, named("submit").and(takesArguments(2))))
                .type(RUNNERS)
                .transform(advice(Effect.class, named("run")))
                .type(named("io.swath.cluster.local.Child"))
                .transform(advice(Start.class, named("start").and(isStatic())))
                .type(named("org.apache.activemq.ActiveMQSession"))
                .transform(advice(Message.class, named("send")))
                .type(STAGES)
                .transform(advice(Step.class, isPublic().and(not(isStatic()))))
                .type(nameStartsWith("io.swath.").and(not(nameStartsWith("io.swath.e2e."))))
                .transform((builder, type, loader, module, domain) -> builder.visit(files))
                .installOn(instrumentation);
    }

    private static AgentBuilder.Transformer advice(
            Class<?> advice, ElementMatcher.Junction<? super MethodDescription> at) {
        return (builder, type, loader, module, domain) ->
                builder.visit(Advice.to(advice).on(isMethod().and(at)));
    }

    /** Redirects every change of a file to the method of the same name in {@link CrashPoints}. */
    private static AsmVisitorWrapper files() {
        Set<String> effects = Arrays.stream(CrashPoints.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(CrashPoints.ReplacesFilesMethod.class))
                .map(method -> method.getName() + Type.getMethodDescriptor(method))
                .collect(Collectors.toSet());
        AsmVisitorWrapper.ForDeclaredMethods.MethodVisitorWrapper redirect =
                (type, method, visitor, context, pool, writerFlags, readerFlags) ->
                        new MethodVisitor(Opcodes.ASM9, visitor) {
                            @Override
                            public void visitMethodInsn(
                                    int code, String owner, String name, String descriptor, boolean face) {
                                if (owner.equals(Type.getInternalName(SecureDirectoryStream.class))
                                        && name.startsWith("delete")) {
                                    super.visitMethodInsn(
                                            Opcodes.INVOKESTATIC,
                                            Type.getInternalName(CrashPoints.class),
                                            name,
                                            "(L" + owner + ";Ljava/lang/Object;)V",
                                            false);
                                    return;
                                }
                                boolean effect = owner.equals(Type.getInternalName(Files.class))
                                        && effects.contains(name + descriptor);
                                String to = effect ? Type.getInternalName(CrashPoints.class) : owner;
                                super.visitMethodInsn(code, to, name, descriptor, face);
                            }
                        };
        return new AsmVisitorWrapper.ForDeclaredMethods().invokable(any(), redirect);
    }

    /** Ends the process if a class cannot be instrumented, because its crash points would be missing without notice. */
    private static final class Loud extends AgentBuilder.Listener.Adapter {
        @Override
        public void onError(String type, ClassLoader loader, JavaModule module, boolean loaded, Throwable failure) {
            System.err.println("CrashAgent: " + type + " cannot be instrumented");
            failure.printStackTrace();
            Runtime.getRuntime().halt(99);
        }
    }

    /** Before, within and after a transaction of the ledger. */
    public static final class Transaction {
        private Transaction() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Argument(value = 0, readOnly = false, typing = Assigner.Typing.DYNAMIC) Object work) {
            CrashPoints.pass(CrashPoints.Kind.LEDGER, "before");
            work = CrashPoints.within(work);
        }

        @Advice.OnMethodExit
        static void exit() {
            CrashPoints.pass(CrashPoints.Kind.LEDGER, "after");
        }
    }

    /** Before and after an action outside the ledger. */
    public static final class Effect {
        private Effect() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Origin("#m") String method) {
            CrashPoints.pass(CrashPoints.Kind.CLUSTER, "before " + method);
        }

        @Advice.OnMethodExit
        static void exit(@Advice.Origin("#m") String method) {
            CrashPoints.pass(CrashPoints.Kind.CLUSTER, "after " + method);
        }
    }

    /** Before and after a submission. Its request or its answer may be lost. */
    public static final class Submit {
        private Submit() {}

        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean enter() {
            return CrashPoints.lost("before submit");
        }

        @Advice.OnMethodExit
        static void exit(@Advice.Enter boolean lost, @Advice.Return(readOnly = false) Submitted answer) {
            if (lost || CrashPoints.lost("after submit")) {
                answer = new Submitted.Ambiguous("lost for a test");
            }
        }
    }

    /** Before and after a submission of several job arrays. Its request or its answers may be lost. */
    public static final class SubmitSeries {
        private SubmitSeries() {}

        @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
        static boolean enter(
                @Advice.Argument(0) List<JobArray> arrays,
                @Advice.Argument(value = 1, readOnly = false) BiConsumer<JobArray, Submitted> answers) {
            if (arrays.size() <= 1) {
                return false; // it goes the way of a single one
            }
            if (CrashPoints.lost("before submit")) {
                CrashPoints.loseAll(arrays, answers);
                return true;
            }
            answers = CrashPoints.losing(answers);
            return false;
        }
    }

    /** Before and after the start of a child process. */
    public static final class Start {
        private Start() {}

        @Advice.OnMethodEnter
        static void enter() {
            CrashPoints.pass(CrashPoints.Kind.PROCESS, "before start");
        }

        @Advice.OnMethodExit
        static void exit() {
            CrashPoints.pass(CrashPoints.Kind.PROCESS, "after start");
        }
    }

    /** Before and after a message is sent. After it, the broker has the message. */
    public static final class Message {
        private Message() {}

        @Advice.OnMethodEnter
        static void enter() {
            CrashPoints.pass(CrashPoints.Kind.MESSAGE, "before");
        }

        @Advice.OnMethodExit
        static void exit() {
            CrashPoints.pass(CrashPoints.Kind.MESSAGE, "after");
        }
    }

    /** Before and after a method that a route calls. */
    public static final class Step {
        private Step() {}

        @Advice.OnMethodEnter
        static void enter(@Advice.Origin("#t.#m") String method) {
            CrashPoints.step("enter", method);
        }

        @Advice.OnMethodExit
        static void exit(@Advice.Origin("#t.#m") String method) {
            CrashPoints.step("leave", method);
        }
    }
}
