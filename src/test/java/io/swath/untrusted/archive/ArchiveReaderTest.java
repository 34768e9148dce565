package io.swath.untrusted.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveReaderTest {
    private static final ArchiveLimits SMALL = new ArchiveLimits(1 << 20, 10, 100_000, 10, 4);

    @TempDir
    Path folder;

    private final Map<String, String> found = new TreeMap<>();

    private void read(byte[] archive) throws IOException {
        Path file = Files.write(folder.resolve("archive"), archive);
        ArchiveKind kind = ArchiveKind.of(archive).orElseThrow();
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            ArchiveReader.read(
                    channel,
                    kind,
                    SMALL,
                    (name, size, content) -> found.put(
                            name.toString(), new String(content.readAllBytes(), StandardCharsets.ISO_8859_1)));
        }
    }

    @Test
    void what_a_zip_unpacks_to_is_known_before_its_first_file() throws IOException {
        Path file = Files.write(
                folder.resolve("archive"),
                archive(ArchiveKind.ZIP, "a.txt", "x".repeat(7000), "b.txt", "y".repeat(35)));
        ArchiveSink full = new ArchiveSink() {
            @Override
            public void expect(long bytes) throws IOException {
                throw new IOException("no room for " + bytes);
            }

            @Override
            public void file(Path name, long size, InputStream content) {
                found.put(name.toString(), "");
            }
        };
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            assertThatThrownBy(() -> ArchiveReader.read(channel, ArchiveKind.ZIP, SMALL, full))
                    .isInstanceOf(IOException.class)
                    .hasMessage("no room for 7035");
        }
        assertThat(found).isEmpty();
    }

    private static byte[] archive(ArchiveKind kind, String... namesAndContents) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (kind == ArchiveKind.ZIP) {
            try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
                for (int index = 0; index < namesAndContents.length; index += 2) {
                    zip.putArchiveEntry(new ZipArchiveEntry(namesAndContents[index]));
                    zip.write(namesAndContents[index + 1].getBytes(StandardCharsets.ISO_8859_1));
                    zip.closeArchiveEntry();
                }
            }
            return bytes.toByteArray();
        }
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(packed(kind, bytes))) {
            for (int index = 0; index < namesAndContents.length; index += 2) {
                byte[] content = namesAndContents[index + 1].getBytes(StandardCharsets.ISO_8859_1);
                TarArchiveEntry entry = new TarArchiveEntry(namesAndContents[index], true);
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private static OutputStream packed(ArchiveKind kind, OutputStream bytes) throws IOException {
        return switch (kind) {
            case TAR_GZIP -> new GzipCompressorOutputStream(bytes);
            case TAR_BZIP2 -> new BZip2CompressorOutputStream(bytes);
            case TAR, ZIP -> bytes;
        };
    }

    private void assertRejected(byte[] archive, String rule) {
        assertThatThrownBy(() -> read(archive)).isInstanceOfSatisfying(ArchiveException.class, bad -> {
            assertThat(bad.rule()).isEqualTo(rule);
            assertThat(bad.remedy()).endsWith(".");
        });
    }

    @ParameterizedTest
    @EnumSource
    void every_kind_is_told_by_its_content_and_read_whole(ArchiveKind kind) throws IOException {
        byte[] archive = archive(kind, "S2.SAFE/a.xml", "<a/>", "S2.SAFE/IMG/b.jp2", "pixels");
        assertThat(ArchiveKind.of(archive)).contains(kind);
        read(archive);
        assertThat(found).isEqualTo(Map.of("S2.SAFE/a.xml", "<a/>", "S2.SAFE/IMG/b.jp2", "pixels"));
    }

    @Test
    void other_files_are_no_archives() throws IOException {
        for (byte[] head : new byte[][] {
            {}, {'I', 'I', 42, 0}, new byte[1024], "<html>".repeat(200).getBytes(StandardCharsets.UTF_8)
        }) {
            assertThat(ArchiveKind.of(head)).isEmpty();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GzipCompressorOutputStream(bytes)) {
            gzip.write("no tar".repeat(200).getBytes(StandardCharsets.UTF_8));
        }
        assertThat(ArchiveKind.of(bytes.toByteArray())).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void an_archive_that_ends_early_is_incomplete_and_not_damaged(ArchiveKind kind) throws IOException {
        byte[] archive = archive(kind, "a", "x".repeat(3000), "b", "y".repeat(3000));
        // A bzip2 of this size is one block, of which nothing can be read before its end.
        for (int length : new int[] {archive.length / 2, kind == ArchiveKind.TAR ? 7168 : archive.length - 1}) {
            byte[] part = Arrays.copyOf(archive, length);
            if (ArchiveKind.of(part).isPresent()) {
                assertThatThrownBy(() -> read(part)).isInstanceOf(IncompleteArchiveException.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ZIP", "TAR_GZIP"})
    void a_wrong_byte_is_damage(ArchiveKind kind) throws IOException {
        StringBuilder content = new StringBuilder();
        java.util.Random random = new java.util.Random(7);
        random.ints(5000, 32, 127).forEach(point -> content.append((char) point));
        byte[] archive = archive(kind, "a", content.toString());
        archive[archive.length / 2] ^= 0x55;
        assertRejected(archive, "archive-is-intact");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../a", "/etc/passwd", "a/../../b", "C:\\a", "..\\a", "a\nb", "1/2/3/4/5"})
    void names_stay_below_the_folder(String name) throws IOException {
        for (ArchiveKind kind : ArchiveKind.values()) {
            assertRejected(archive(kind, name, "x"), "archive-names-are-plain");
        }
        assertThat(found).isEmpty();
    }

    @Test
    void names_are_there_once_and_no_file_is_a_folder_too() throws IOException {
        assertRejected(archive(ArchiveKind.TAR, "a", "x", "./a", "y"), "archive-names-are-plain");
        assertRejected(archive(ArchiveKind.TAR, "a", "x", "a/b", "y"), "archive-names-are-plain");
        assertRejected(archive(ArchiveKind.TAR, "a/b", "x", "a", "y"), "archive-names-are-plain");
    }

    @Test
    void what_macos_adds_is_left_out_and_backslashes_of_windows_are_read() throws IOException {
        read(archive(ArchiveKind.ZIP, "__MACOSX/._a", "x", "S\\a", "y"));
        assertThat(found).isEqualTo(Map.of("S/a", "y"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--format=gnu", "--format=pax", "--format=pax --sparse-version=0.1"})
    void files_that_tar_has_packed_without_their_zeros_are_whole(String format) throws Exception {
        String content = "begin" + "\0".repeat(59_995) + "middle" + "\0".repeat(29_994) + "end";
        try (var file =
                FileChannel.open(folder.resolve("band.tif"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap("begin".getBytes(StandardCharsets.US_ASCII)), 0);
            file.write(ByteBuffer.wrap("middle".getBytes(StandardCharsets.US_ASCII)), 60_000);
            file.write(ByteBuffer.wrap("end".getBytes(StandardCharsets.US_ASCII)), 90_000);
        }
        Files.writeString(folder.resolve("last.txt"), "plain");
        Path tar = folder.resolve("sparse.tar");
        String command = "tar --sparse --hole-detection=raw " + format + " -cf sparse.tar band.tif last.txt";
        Process process = new ProcessBuilder(command.split(" "))
                .directory(folder.toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        assertThat(Files.size(tar)).isLessThan(content.length());
        read(Files.readAllBytes(tar));
        assertThat(found).isEqualTo(Map.of("band.tif", content, "last.txt", "plain"));
    }

    @Test
    void a_sparse_file_counts_with_all_its_zeros() throws Exception {
        try (var file =
                FileChannel.open(folder.resolve("huge.tif"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[] {1}), 2L << 30);
        }
        Process process = new ProcessBuilder("tar", "--sparse", "-cf", "sparse.tar", "huge.tif")
                .directory(folder.toFile())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        assertRejected(Files.readAllBytes(folder.resolve("sparse.tar")), "archive-unpacks-small");
        assertThat(found).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            bytes = {
                TarConstants.LF_SYMLINK,
                TarConstants.LF_LINK,
                TarConstants.LF_CHR,
                TarConstants.LF_BLK,
                TarConstants.LF_FIFO
            })
    void links_and_devices_are_rejected(byte type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            TarArchiveEntry entry = new TarArchiveEntry("a", type);
            entry.setLinkName("/etc/passwd");
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        }
        assertRejected(bytes.toByteArray(), "archive-has-plain-files");
    }

    @Test
    void a_link_in_a_zip_is_rejected() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(bytes)) {
            ZipArchiveEntry entry = new ZipArchiveEntry("a");
            entry.setUnixMode(0120777);
            zip.putArchiveEntry(entry);
            zip.write("/etc/passwd".getBytes(StandardCharsets.UTF_8));
            zip.closeArchiveEntry();
        }
        assertRejected(bytes.toByteArray(), "archive-has-plain-files");
    }

    @Test
    void a_bomb_is_rejected_by_its_headers_before_anything_is_unpacked() throws IOException {
        String zeros = "\0".repeat(300_000);
        assertRejected(archive(ArchiveKind.ZIP, "a", "x", "b", zeros), "archive-unpacks-small");
        assertThat(found).isEmpty();
        assertRejected(archive(ArchiveKind.TAR_GZIP, "b", zeros), "archive-unpacks-small");
        assertThat(found).isEmpty();
    }

    @Test
    void a_bomb_whose_headers_lie_is_stopped_at_the_bound() throws IOException {
        byte[] zip = archive(ArchiveKind.ZIP, "a", "\0".repeat(300_000));
        // The size in the central directory, APPNOTE 4.3.12, is at offset 24 of its header.
        int directory = indexOf(zip, new byte[] {'P', 'K', 1, 2});
        Arrays.fill(zip, directory + 24, directory + 28, (byte) 0);
        zip[directory + 24] = 100;
        assertRejected(zip, "archive-unpacks-small");
        assertThat(found).isEmpty();
    }

    @Test
    void what_follows_the_tar_in_a_compressed_archive_is_bounded_too() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GzipCompressorOutputStream(bytes)) {
            gzip.write(archive(ArchiveKind.TAR, "a", "x"));
            gzip.write(new byte[3_000_000]);
        }
        assertRejected(bytes.toByteArray(), "archive-unpacks-small");
    }

    @Test
    void a_name_of_many_megabytes_is_not_held_in_memory() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GzipCompressorOutputStream(bytes);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(gzip)) {
            TarArchiveEntry name = new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME);
            name.setSize(20_000_000);
            tar.putArchiveEntry(name);
            tar.write("n".repeat(20_000_000).getBytes(StandardCharsets.UTF_8));
            tar.closeArchiveEntry();
        }
        assertRejected(bytes.toByteArray(), "archive-names-are-plain");
    }

    @Test
    void files_that_overlap_in_a_zip_are_rejected() throws IOException {
        StringBuilder content = new StringBuilder();
        new java.util.Random(7).ints(2000, 32, 127).forEach(point -> content.append((char) point));
        byte[] zip = archive(ArchiveKind.ZIP, "a", content.toString(), "b", content.toString());
        byte[] header = {'P', 'K', 1, 2};
        int first = indexOf(zip, header);
        int second = first + 4 + indexOf(Arrays.copyOfRange(zip, first + 4, zip.length), header);
        for (int directory : new int[] {first, second}) {
            zip[directory + 21] = 0x70; // the packed size, at offset 20, becomes some 28 kB
        }
        assertThatThrownBy(() -> read(zip)).isInstanceOf(ArchiveException.class);
        assertThat(found).isEmpty();
    }

    @Test
    void the_number_of_files_is_bounded() throws IOException {
        String[] files = new String[22];
        for (int index = 0; index < 11; index++) {
            files[2 * index] = "file" + index;
            files[2 * index + 1] = "x";
        }
        assertRejected(archive(ArchiveKind.ZIP, files), "archive-has-few-files");
        assertRejected(archive(ArchiveKind.TAR, files), "archive-has-few-files");
    }

    @Test
    void a_full_disk_is_no_damage_of_the_archive() throws IOException {
        Path file = Files.write(folder.resolve("archive"), archive(ArchiveKind.TAR_GZIP, "a", "x"));
        IOException full = new IOException("No space left on device");
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            assertThatThrownBy(() -> ArchiveReader.read(channel, ArchiveKind.TAR_GZIP, SMALL, (name, size, content) -> {
                        throw full;
                    }))
                    .isSameAs(full);
        }
    }

    private static int indexOf(byte[] bytes, byte[] wanted) {
        for (int at = 0; at <= bytes.length - wanted.length; at++) {
            if (Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        throw new AssertionError("not there");
    }
}
