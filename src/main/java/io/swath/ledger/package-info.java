/**
 * The database in which Swath records every scene: SQLite, or PostgreSQL. All SQL of Swath is here.
 *
 * <p>Used by: the stages, {@code leadership}, {@code console}, {@code app} and {@code cli}.
 *
 * <p>Must not know: what the rows are used for; it calls no stage.
 */
package io.swath.ledger;
