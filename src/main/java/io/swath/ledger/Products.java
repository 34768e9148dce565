package io.swath.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.Query;

/** The delivered versions of the scenes' products, and when each was replaced and removed. */
public final class Products {
    /**
     * One version of a scene's product.
     *
     * @param replacedAt when the next version replaced it; empty while it is in place
     * @param removedAt when its files were removed; empty while they are there
     */
    public record Product(
            String sceneId,
            String recipe,
            int version,
            String recipeHash,
            Instant deliveredAt,
            Optional<Instant> replacedAt,
            Optional<Instant> removedAt) {}

    private static final String SELECT =
            "select product.*, scene.recipe as recipe from product join scene on scene.id = product.scene_id ";

    private final Session session;

    Products(Session session) {
        this.session = session;
    }

    /** Records that a version is in place, and that it replaced the versions before. Safe to repeat. */
    public void delivered(String sceneId, int version, String recipeHash) {
        long now = session.now().toEpochMilli();
        session.handle.execute(
                "update product set replaced_at = ? where scene_id = ? and version < ? and replaced_at is null",
                now,
                sceneId,
                version);
        session.handle.execute(
                "insert into product (scene_id, version, recipe_hash, delivered_at) values (?, ?, ?, ?)"
                        + " on conflict do nothing",
                sceneId,
                version,
                recipeHash,
                now);
    }

    /** Versions that were replaced before a time and are not removed yet, the earliest first. */
    public List<Product> replacedBefore(Instant time, int limit) {
        return products(session.handle
                .createQuery(SELECT + "where product.removed_at is null and product.replaced_at < :time"
                        + " order by product.replaced_at, product.scene_id limit :limit")
                .bind("time", time.toEpochMilli())
                .bind("limit", limit));
    }

    /** Records that a version's files were removed. */
    public void removed(String sceneId, int version) {
        session.handle.execute(
                "update product set removed_at = ? where scene_id = ? and version = ?",
                session.now().toEpochMilli(),
                sceneId,
                version);
    }

    /** All versions of a scene's product, in their order. */
    public List<Product> of(String sceneId) {
        return products(session.handle
                .createQuery(SELECT + "where product.scene_id = :scene order by product.version")
                .bind("scene", sceneId));
    }

    private static List<Product> products(Query query) {
        return query.reduceRows(new ArrayList<>(), (products, row) -> {
            products.add(new Product(
                    row.getColumn("scene_id", String.class),
                    row.getColumn("recipe", String.class),
                    row.getColumn("version", Integer.class),
                    row.getColumn("recipe_hash", String.class),
                    Session.instant(row, "delivered_at"),
                    Session.optionalInstant(row, "replaced_at"),
                    Session.optionalInstant(row, "removed_at")));
            return products;
        });
    }
}
