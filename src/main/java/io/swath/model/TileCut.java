package io.swath.model;

/**
 * One way to cut a scene into tiles. Immutable.
 *
 * @param side of a tile in pixels, before it is rounded to whole blocks
 * @param tiles how many tiles the scene has then
 * @param megabytes what a usual tile reads, of all bands, with its overlap
 */
public record TileCut(int side, int tiles, double megabytes) {}
