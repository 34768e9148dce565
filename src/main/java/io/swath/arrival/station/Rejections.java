package io.swath.arrival.station;

import io.swath.model.Recipe;
import io.swath.model.RejectedException;
import io.swath.model.Rejection;
import io.swath.recipes.RecipeBook;
import io.swath.untrusted.Texts;

/** Writes rejections with the field names of the message, and with text that every database can store. */
final class Rejections {
    private Rejections() {}

    /** A rejected scene's checksum is the message's field {@code checksum}. */
    static Rejection of(RejectedException rejected) {
        String field = rejected.field().equals("sha256") ? "checksum" : rejected.field();
        return new Rejection(
                rejected.rule(), Texts.storable(field), Texts.storable(rejected.what()), rejected.remedy());
    }

    static Rejection unknownRecipe(String name, RecipeBook recipes) {
        String known =
                String.join(", ", recipes.all().stream().map(Recipe::name).toList());
        return new Rejection(
                "recipe-exists",
                "recipe",
                "there is no recipe " + name,
                "Use one of " + known + ", or have the recipe added to config/recipes, and send the message again.");
    }
}
