/**
 * The shared storage: its folders, durable writes, atomic renames, and paths as the nodes see them.
 *
 * <p>Used by: every package that reads or writes files of a scene.
 *
 * <p>Must not know: the ledger, the cluster and what the files contain.
 */
package io.swath.storage;
