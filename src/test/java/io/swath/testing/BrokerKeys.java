package io.swath.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A key for a broker of a test, with a certificate that it has signed itself; made by the JDK's keytool. */
public record BrokerKeys(Path keyStore, Path certificate) {
    public static final String PASSWORD = "key store secret";

    /** {@code names} as keytool's {@code san} wants them, such as {@code dns:localhost,ip:127.0.0.1}. */
    public static BrokerKeys make(Path folder, String names) {
        Path store = folder.resolve("broker.p12");
        Path certificate = folder.resolve("broker.pem");
        keytool(
                "-genkeypair",
                "-alias",
                "broker",
                "-keyalg",
                "EC",
                "-dname",
                "CN=broker",
                "-ext",
                "san=" + names,
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD);
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "broker",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-file",
                certificate.toString());
        return new BrokerKeys(store, certificate);
    }

    private static void keytool(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        try {
            Path said = Files.createTempFile("keytool", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError("keytool failed: " + Files.readString(said));
            }
            Files.delete(said);
        } catch (IOException e) {
            throw new AssertionError("keytool cannot be run", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
