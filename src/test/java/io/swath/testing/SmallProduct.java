package io.swath.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A Landsat product of three bands. Its images are no real rasters. */
public final class SmallProduct {
    public static final String NAME = "LC08_L1TP_016037";

    private final Map<String, String> files = new TreeMap<>();

    public SmallProduct() {
        files.put("LC08_B2.TIF", "blue");
        files.put("LC08_B4.TIF", "red");
        files.put("LC08_B5.TIF", "near infrared");
        files.put("LC08_ANG.txt", "angles");
        files.put("LC08_MTL.txt", """
                GROUP = L1_METADATA_FILE
                  GROUP = PRODUCT_METADATA
                    LANDSAT_PRODUCT_ID = "LC08_L1TP_016037"
                    DATA_TYPE = "L1TP"
                    SPACECRAFT_ID = "LANDSAT_8"
                    SENSOR_ID = "OLI_TIRS"
                    DATE_ACQUIRED = 2017-08-13
                    SCENE_CENTER_TIME = "15:54:15Z"
                    FILE_NAME_BAND_2 = "LC08_B2.TIF"
                    FILE_NAME_BAND_4 = "LC08_B4.TIF"
                    FILE_NAME_BAND_5 = "LC08_B5.TIF"
                  END_GROUP = PRODUCT_METADATA
                  GROUP = RADIOMETRIC_RESCALING
                    RADIANCE_MULT_BAND_2 = 1
                    RADIANCE_MULT_BAND_4 = 1
                    RADIANCE_MULT_BAND_5 = 1
                    RADIANCE_ADD_BAND_2 = 0
                    RADIANCE_ADD_BAND_4 = 0
                    RADIANCE_ADD_BAND_5 = 0
                  END_GROUP = RADIOMETRIC_RESCALING
                END_GROUP = L1_METADATA_FILE
                """);
    }

    public SmallProduct without(String file) {
        files.remove(file);
        return this;
    }

    public SmallProduct with(String file, String content) {
        files.put(file, content);
        return this;
    }

    public String content(String file) {
        return files.get(file);
    }

    /** Writes the files into a folder, which is made. */
    public Path writeTo(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue(), StandardCharsets.ISO_8859_1);
        }
        return folder;
    }

    /** The product as {@code .tar.gz}, below a folder of its own. */
    public byte[] tarGz() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
            writeTo(tar);
        }
        return bytes.toByteArray();
    }

    /** Writes the product as a tar, with a file of 65 MiB before it, so that it is unpacked in a thread of its own. */
    public Path writeLargeTar(Path archive) throws IOException {
        try (OutputStream out = Files.newOutputStream(archive);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            TarArchiveEntry zeros = new TarArchiveEntry(NAME + "/others.bin");
            zeros.setSize(65L << 20);
            tar.putArchiveEntry(zeros);
            byte[] piece = new byte[1 << 20];
            for (int count = 0; count < 65; count++) {
                tar.write(piece);
            }
            tar.closeArchiveEntry();
            writeTo(tar);
        }
        return archive;
    }

    private void writeTo(TarArchiveOutputStream tar) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            byte[] content = file.getValue().getBytes(StandardCharsets.ISO_8859_1);
            TarArchiveEntry entry = new TarArchiveEntry(NAME + "/" + file.getKey());
            entry.setSize(content.length);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }
    }
}
