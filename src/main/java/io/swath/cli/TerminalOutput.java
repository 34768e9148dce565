package io.swath.cli;

import io.swath.untrusted.Texts;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;

/**
 * What a command prints, without the control and format characters of texts from outside: a name, a log or an answer of
 * Slurm cannot command the terminal. Line feeds and tabs stay. Thread-safe.
 *
 * <p>This is the last guard. A text of one line, such as a name or a reason, is printed with {@link Texts#line}, so that it
 * cannot forge a further line either.
 */
final class TerminalOutput extends OutputStream {
    private static final int BUFFER = 8192;

    private final OutputStream out;
    private final Charset charset;
    private final CharsetDecoder decoder;
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER);
    private final CharBuffer text = CharBuffer.allocate(BUFFER);

    TerminalOutput(OutputStream out, Charset charset) {
        this.out = out;
        this.charset = charset;
        decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .onUnmappableCharacter(CodingErrorAction.REPLACE);
    }

    /** Replaces the streams of this process. */
    static void protect() {
        System.setOut(protectedStream(FileDescriptor.out));
        System.setErr(protectedStream(FileDescriptor.err));
    }

    private static PrintStream protectedStream(FileDescriptor descriptor) {
        Charset charset = Charset.defaultCharset();
        return new PrintStream(new TerminalOutput(new FileOutputStream(descriptor), charset), true, charset);
    }

    /** The stream as it is, for the progress bar, which moves the cursor. */
    static PrintStream unprotected(PrintStream stream) {
        FileDescriptor descriptor = stream == System.err ? FileDescriptor.err : FileDescriptor.out;
        return new PrintStream(new FileOutputStream(descriptor), true, Charset.defaultCharset());
    }

    @Override
    public void write(int part) throws IOException {
        write(new byte[] {(byte) part}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] part, int offset, int length) throws IOException {
        int written = 0;
        while (written < length) {
            int now = Math.min(bytes.remaining(), length - written);
            bytes.put(part, offset + written, now);
            written += now;
            bytes.flip();
            decoder.decode(bytes, text, false);
            bytes.compact(); // the first bytes of a character whose last ones have not come yet
            text.flip();
            out.write(Texts.lines(text.toString()).getBytes(charset));
            text.clear();
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }
}
