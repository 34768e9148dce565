/**
 * The values that all packages exchange: scenes, tiles, runs, requests, recipes, and the enums of their states.
 *
 * <p>Used by: every package.
 *
 * <p>Must not know: any other package of Swath; it does no input or output.
 */
package io.swath.model;
