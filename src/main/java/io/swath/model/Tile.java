package io.swath.model;

/**
 * One piece of a scene.
 *
 * @param index from 0, row by row from the upper left; {@link TileProgress#ASSEMBLY} stands for a scene's assembly
 * @param core the pixels that this tile alone delivers; the cores of a scene partition it
 * @param read the core and its overlap, clipped at the scene's borders
 */
public record Tile(int index, Window core, Window read) {}
