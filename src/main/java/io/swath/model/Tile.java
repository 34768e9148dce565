package io.swath.model;

/**
 * One tile of a scene. Immutable.
 *
 * @param index counts from 0, row by row from the upper left; {@link TileProgress#ASSEMBLY} stands for a scene's
 *     assembly, {@link TileProgress#PREPARATION} for its preparation
 * @param core the pixels that only this tile delivers; the cores of all tiles partition the scene
 * @param read the core with its overlap, clipped at the scene's borders
 */
public record Tile(int index, Window core, Window read) {}
