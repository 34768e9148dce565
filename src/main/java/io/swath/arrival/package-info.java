/**
 * What the three ways of arrival have in common: the files of a scene, its content key and its id, and how it is copied
 * or linked to its place.
 *
 * <p>Used by: {@code app} and {@code cli}.
 *
 * <p>Must not know: the other stages and the cluster.
 */
package io.swath.arrival;
