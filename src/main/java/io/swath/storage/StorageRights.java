package io.swath.storage;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.ArrayList;
import java.util.List;

/**
 * Who may do what in the layout's folders: only Swath writes in {@code scenes/}, {@code rejected/}, {@code work/} and
 * {@code delivered/}; droppers write in {@code inbox/RECIPE/}. What lies deeper follows from these, because new files get
 * the group of their folder, and Swath makes folders for jobs one by one. Immutable.
 */
public final class StorageRights {
    private static final int GROUP_WRITES = 0020;
    private static final int OTHERS_WRITE = 0002;
    private static final int OTHERS_ENTER = 0001;
    private static final int NEW_FILES_GET_THE_GROUP = 02000;
    private static final int MOST_FOLDERS = 1000;

    /**
     * A folder whose rights are not as they should be.
     *
     * @param open whether somebody outside of the groups may write
     * @param text what was found, what is wanted, and the command that corrects it
     */
    public record Finding(boolean open, String text) {}

    private record Wanted(Path folder, String owner, String group, int mode) {
        static Wanted of(Path folder, String group, int mode) throws IOException {
            return new Wanted(folder, Files.getOwner(folder).getName(), group, mode);
        }

        /**
         * The command that sets the rights; chgrp(1) before chmod(1), because it removes the bit for the group of new
         * files. Where another user owns the folder, Swath would lose its right to write there with the group's.
         */
        String command() {
            String user = System.getProperty("user.name");
            String chmod = (owner.equals(user) ? "" : "chown %s '%s' && ".formatted(user, folder))
                    + "chmod %04o '%s'".formatted(mode, folder);
            return group.isEmpty() ? chmod : "chgrp %s '%s' && %s".formatted(group, folder, chmod);
        }
    }

    private final Storage storage;
    private final StorageGroups groups;

    public StorageRights(Storage storage, StorageGroups groups) {
        this.storage = storage;
        this.groups = groups;
    }

    private List<Wanted> wanted() throws IOException {
        List<Wanted> wanted = new ArrayList<>();
        for (Path folder : storage.layout()) {
            String group = switch (folder.getFileName().toString()) {
                case "inbox" -> groups.droppers();
                case "scenes", "work" -> groups.jobs();
                default -> groups.readers();
            };
            wanted.add(Wanted.of(folder, group, DurableFiles.CLOSED));
        }
        try (DirectoryStream<Path> inboxes = Files.newDirectoryStream(
                storage.inbox(), entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))) {
            for (Path inbox : inboxes) {
                wanted.add(Wanted.of(inbox, groups.droppers(), DurableFiles.SHARED));
            }
        }
        return wanted;
    }

    /**
     * Gives each folder of the layout, and each inbox, its group and mode.
     *
     * @return for each folder that Swath may not change, a sentence with the command for root
     */
    public List<String> apply() throws IOException {
        List<String> failures = new ArrayList<>();
        for (Wanted wanted : wanted()) {
            try {
                if (!wanted.group().isEmpty()) {
                    setGroup(wanted);
                }
                DurableFiles.setMode(wanted.folder(), wanted.mode());
            } catch (UserPrincipalNotFoundException e) {
                failures.add("this machine has no group " + wanted.group()
                        + ": make it, or correct storage.group in the settings; then: " + wanted.command());
            } catch (FileSystemException e) {
                failures.add(
                        "Swath may not set the group or mode of " + wanted.folder() + "; as root: " + wanted.command());
            }
        }
        letGroupsThrough(failures);
        return failures;
    }

    private static void setGroup(Wanted wanted) throws IOException {
        GroupPrincipal group = wanted.folder()
                .getFileSystem()
                .getUserPrincipalLookupService()
                .lookupPrincipalByGroupName(wanted.group());
        PosixFileAttributeView view = Files.getFileAttributeView(wanted.folder(), PosixFileAttributeView.class);
        if (!view.readAttributes().group().equals(group)) {
            view.setGroup(group);
        }
    }

    /** The storage's own folder has one group, and the others must get through it. */
    private void letGroupsThrough(List<String> failures) throws IOException {
        Path root = storage.root();
        int mode = DurableFiles.mode(root);
        if (groups.any() && (mode & OTHERS_ENTER) == 0) {
            try {
                DurableFiles.setMode(root, mode | OTHERS_ENTER);
            } catch (FileSystemException e) {
                failures.add("the groups cannot get through " + root + "; as root: chmod o+x '" + root + "'");
            }
        }
    }

    /** The folders whose rights are not as they should be. */
    public List<Finding> check() throws IOException {
        List<Finding> findings = new ArrayList<>();
        for (Wanted wanted : wanted()) {
            PosixFileAttributes found = Files.readAttributes(wanted.folder(), PosixFileAttributes.class);
            check(wanted, DurableFiles.mode(wanted.folder()), found.group().getName(), findings);
        }
        int root = DurableFiles.mode(storage.root());
        if ((root & OTHERS_WRITE) != 0) {
            findings.add(new Finding(
                    true,
                    "everybody may write to %s (mode %04o): chmod o-w '%s'"
                            .formatted(storage.root(), root, storage.root())));
        }
        if (groups.any() && (root & OTHERS_ENTER) == 0) {
            findings.add(new Finding(
                    false,
                    "the groups may be unable to get through %s (mode %04o): chmod o+x '%s'"
                            .formatted(storage.root(), root, storage.root())));
        }
        checkFormerWork(findings);
        return findings;
    }

    private void check(Wanted wanted, int mode, String group, List<Finding> findings) {
        String remedy = " (group %s, mode %04o; wanted: %s, %04o): %s"
                .formatted(
                        group,
                        mode,
                        wanted.group().isEmpty() ? "any group" : "group " + wanted.group(),
                        wanted.mode(),
                        wanted.command());
        boolean shared = (wanted.mode() & GROUP_WRITES) != 0;
        if ((mode & OTHERS_WRITE) != 0) {
            findings.add(new Finding(true, "everybody may write to " + wanted.folder() + remedy));
        } else if (!wanted.group().isEmpty() && !wanted.group().equals(group)) {
            findings.add(new Finding(false, wanted.folder() + " has another group" + remedy));
        } else if (!shared && (mode & GROUP_WRITES) != 0) {
            findings.add(new Finding(false, "the whole group may write to " + wanted.folder() + remedy));
        } else if (shared && (mode & GROUP_WRITES) == 0) {
            findings.add(new Finding(false, "the group may not drop scenes into " + wanted.folder() + remedy));
        } else if (groups.any() && (mode & NEW_FILES_GET_THE_GROUP) == 0) {
            findings.add(new Finding(false, "new files do not get the group of " + wanted.folder() + remedy));
        }
    }

    /** An earlier Swath let the group write to each scene's whole work folder. */
    private void checkFormerWork(List<Finding> findings) throws IOException {
        Path work = storage.root().resolve("work");
        int open = 0;
        for (String name : RegularFiles.names(storage.root(), work, MOST_FOLDERS)) {
            Path folder = work.resolve(name);
            boolean directory = Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
            open += directory && (DurableFiles.mode(folder) & (GROUP_WRITES | OTHERS_WRITE)) != 0 ? 1 : 0;
        }
        if (open > 0) {
            findings.add(new Finding(
                    false,
                    "the group may write to the work folders of " + open
                            + " scenes, which an earlier version made: chmod g-w,o-w '" + work + "'/*"));
        }
    }
}
