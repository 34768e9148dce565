package io.swath.arrival.folder;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Names of inbox entries that are nobody's scene: files that an upload client renames when they are complete, and what
 * operating systems, file servers and editors leave in folders. Swath leaves them alone. Letters count in upper and lower
 * case.
 */
final class EntryNames {
    /**
     * What upload and download programs append until the file is complete: browsers, WinSCP, lftp, rclone, rsync, Aspera,
     * aria2, Nextcloud, Syncthing and others.
     */
    private static final List<String> TEMPORARY = List.of(
            ".part",
            ".tmp",
            ".temp",
            ".filepart",
            ".crdownload",
            ".partial",
            ".upload",
            ".uploading",
            ".download",
            ".downloading",
            ".opdownload",
            ".lftp",
            ".lftp-pget-status",
            ".incomplete",
            ".inprogress",
            ".in-progress",
            ".writing",
            ".copying",
            ".transfer",
            ".transferring",
            ".receiving",
            ".aria2",
            ".aspera-ckpt",
            ".aspera-inprogress",
            ".gstmp",
            ".!sync",
            ".!ut",
            ".!qb",
            ".bc!",
            ".unconfirmed",
            ".lock",
            ".swp");

    /** Names that servers, file systems and desktops make by themselves. */
    private static final Set<String> LEFT_BY_SYSTEMS = Set.of(
            "thumbs.db",
            "ehthumbs.db",
            "ehthumbs_vista.db",
            "desktop.ini",
            "icon\r",
            "desktop db",
            "desktop df",
            "network trash folder",
            "temporary items",
            "thevolumesettingsfolder",
            "system volume information",
            "wpsettings.dat",
            "indexervolumeguid",
            "$recycle.bin",
            "recycler",
            "recycled",
            "lost+found",
            "lost+found.old",
            "aquota.user",
            "aquota.group",
            "quota.user",
            "quota.group",
            "@eadir",
            "@tmp",
            "@recycle",
            "@recently-snapshot",
            "@snapshot",
            "@sharesnap",
            "#recycle",
            "#snapshot",
            "~snapshot",
            "__macosx");

    /** {@code ~$x.tif} of Office, {@code x.tif~} and {@code #x#} of editors, {@code ~syncthing~x.tmp}. */
    private static final Pattern EDITORS = Pattern.compile("(?s)~\\$.*|.*~|#.+#|~syncthing~.*|~wr[ld].*\\.tmp");

    /** A stream beside a Windows or macOS file. Samba shows the colon as U+F022, and some clients leave it out. */
    private static final Pattern STREAM = Pattern.compile(
            "(?s).*[:\uf022](zone\\.identifier|smartscreen|afp_.*|com\\.(apple|dropbox)\\..*|.*[:\uf022]?\\$data)"
                    + "|.*zone\\.identifier");

    private EntryNames() {}

    /** Whether Swath leaves an entry of this name alone. A name that begins with a dot is hidden. */
    static boolean isLeftAlone(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.startsWith(".")
                || LEFT_BY_SYSTEMS.contains(lower)
                || TEMPORARY.stream().anyMatch(lower::endsWith)
                || EDITORS.matcher(lower).matches()
                || STREAM.matcher(lower).matches();
    }
}
