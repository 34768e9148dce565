package io.swath.model;

import java.util.Arrays;
import java.util.List;

/** Names of recipes in one text: a scene can be given to several recipes at once. */
public final class RecipeNames {
    private RecipeNames() {}

    /** The recipes of an inbox, by the name of its folder, such as {@code ndvi+texture}. Some may not exist. */
    public static List<String> ofInbox(String folder) {
        return Arrays.stream(folder.split("\\+", -1)).distinct().toList();
    }
}
