package io.swath.model;

/**
 * The side that was chosen for the tiles of a scene. Immutable.
 *
 * @param side in pixels, before it is rounded to whole blocks
 * @param why why it was chosen, for people: a sentence without its full stop
 */
public record TileChoice(int side, String why) {}
