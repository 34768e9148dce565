package io.swath.broker;

import io.swath.model.SettingsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Keys and certificates for TLS, read from the files that the settings name. */
public final class Tls {
    private Tls() {}

    /** Trusts the certificates in a PEM file, and every certificate that they have signed. */
    static TrustManager[] trustPem(Path file) {
        try (InputStream pem = Files.newInputStream(file)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(pem);
            if (certificates.isEmpty()) {
                throw new SettingsException("broker.ca " + file + " holds no certificate: give a PEM file");
            }
            return trust(certificates);
        } catch (IOException | GeneralSecurityException e) {
            throw new SettingsException("broker.ca " + file + " cannot be used: " + e.getMessage()
                    + "; give a PEM file with the certificate to trust");
        }
    }

    /** The keys of a PKCS#12 file. */
    public static KeyManager[] keys(Path file, String password) {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(keyStore(file, password), password.toCharArray());
            return keys.getKeyManagers();
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(file, e.getMessage());
        }
    }

    /** Trusts exactly the certificates of the broker that uses this PKCS#12 file. */
    static TrustManager[] trustKeyStore(Path file, String password) {
        try {
            KeyStore store = keyStore(file, password);
            List<Certificate> own = new ArrayList<>();
            for (String alias : Collections.list(store.aliases())) {
                own.add(store.getCertificate(alias));
            }
            return trust(own);
        } catch (IOException | GeneralSecurityException e) {
            throw unusable(file, e.getMessage());
        }
    }

    private static KeyStore keyStore(Path file, String password) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password.toCharArray());
        }
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                return store;
            }
        }
        throw unusable(file, "it holds no key");
    }

    private static SettingsException unusable(Path file, String why) {
        return new SettingsException("broker.listen.key-store " + file + " cannot be used: " + why
                + "; give a PKCS#12 file with a key and its certificate, and its password as"
                + " broker.listen.key-store-password");
    }

    private static TrustManager[] trust(Collection<? extends Certificate> certificates)
            throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        int number = 0;
        for (Certificate certificate : certificates) {
            trusted.setCertificateEntry("trusted-" + number++, certificate);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        return managers.getTrustManagers();
    }
}
