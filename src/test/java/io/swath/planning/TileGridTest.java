package io.swath.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.swath.model.Tile;
import io.swath.model.Window;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TileGridTest {
    private record Case(int width, int height, int blockWidth, int blockHeight, int tileSize, int overlap) {
        TileGrid grid() {
            return TileGrid.of(width, height, blockWidth, blockHeight, tileSize, overlap);
        }
    }

    private static Case random(Random random) {
        int tileSize = random.nextBoolean() ? 16 + random.nextInt(4096) : 64 << random.nextInt(7);
        int width = 1 + random.nextInt(random.nextBoolean() ? 500 : 30_000);
        int height = 1 + random.nextInt(random.nextBoolean() ? 500 : 30_000);
        boolean tiled = random.nextBoolean();
        int blockWidth = tiled ? 16 * (1 + random.nextInt(64)) : width;
        int blockHeight =
                tiled ? (random.nextBoolean() ? blockWidth : 16 << random.nextInt(7)) : 1 + random.nextInt(height);
        return new Case(width, height, blockWidth, blockHeight, tileSize, random.nextInt(tileSize));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void cores_partition_the_scene_exactly_for_any_sizes(long seed) {
        Random random = new Random(seed);
        for (int count = 0; count < 1000; count++) {
            Case one = random(random);
            TileGrid grid = one.grid();
            int columns = grid.columns();
            int x = 0;
            for (int column = 0; column < columns; column++) {
                Window core = grid.tile(column).core();
                assertThat(core.x()).as("%s", one).isEqualTo(x);
                assertThat(core.y()).isZero();
                x += core.width();
            }
            int y = 0;
            for (int row = 0; row < grid.rows(); row++) {
                Window core = grid.tile(row * columns).core();
                assertThat(core.y()).as("%s", one).isEqualTo(y);
                y += core.height();
            }
            assertThat(x).as("%s", one).isEqualTo(one.width());
            assertThat(y).as("%s", one).isEqualTo(one.height());
            Tile any = grid.tile(random.nextInt(grid.size()));
            Window top = grid.tile(any.index() % columns).core();
            Window left = grid.tile(any.index() / columns * columns).core();
            assertThat(any.core()).isEqualTo(new Window(top.x(), left.y(), top.width(), left.height()));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void no_tile_is_much_too_large_or_much_too_small(long seed) {
        Random random = new Random(seed);
        for (int count = 0; count < 2000; count++) {
            Case one = random(random);
            checkSizes(one, one.grid(), true);
            checkSizes(one, one.grid(), false);
        }
    }

    private static void checkSizes(Case one, TileGrid grid, boolean across) {
        int tiles = across ? grid.columns() : grid.rows();
        int largest = 0;
        int smallest = Integer.MAX_VALUE;
        for (int index = 0; index < tiles; index++) {
            Window core = grid.tile(across ? index : index * grid.columns()).core();
            int side = across ? core.width() : core.height();
            largest = Math.max(largest, side);
            smallest = Math.min(smallest, side);
        }
        assertThat(largest).as("%s", one).isLessThanOrEqualTo((int) (one.tileSize() * 1.375));
        if (tiles > 1) {
            assertThat(smallest * 4.0 * 1.25).as("%s largest %d", one, largest).isGreaterThanOrEqualTo(largest);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void borders_of_tiles_below_512_pixels_are_block_borders_when_blocks_are_smaller_than_tiles(long seed) {
        Random random = new Random(seed);
        for (int count = 0; count < 2000; count++) {
            Case one = random(random);
            if (one.tileSize() >= 512) {
                continue;
            }
            TileGrid grid = one.grid();
            Tile tile = grid.tile(random.nextInt(grid.size()));
            if (one.blockWidth() <= one.tileSize() && one.blockWidth() < one.width()) {
                assertThat(tile.core().x() % one.blockWidth()).as("%s", one).isZero();
            }
            if (one.blockHeight() <= one.tileSize() && one.blockHeight() < one.height()) {
                assertThat(tile.core().y() % one.blockHeight()).as("%s", one).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        // tile, K
        "512, 0",
        "600, 0",
        "1000, 1",
        "1024, 1",
        "1500, 0",
        "2000, 2",
        "2048, 2",
        "2500, 2",
        "3000, 1",
        "4096, 3",
        "8192, 4",
        "10000, 4",
    })
    void borders_of_larger_tiles_are_multiples_of_512_times_2_to_the_k_for_any_scene(int tileSize, int levels) {
        Random random = new Random(tileSize);
        int multiple = 512 << levels;
        for (int count = 0; count < 300; count++) {
            Case any = random(random);
            TileGrid grid = new Case(any.width, any.height, any.blockWidth, any.blockHeight, tileSize, 0).grid();
            Window core = grid.tile(random.nextInt(grid.size())).core();
            assertThat(core.x() % multiple).as("%s", any).isZero();
            assertThat(core.y() % multiple).as("%s", any).isZero();
            assertThat(core.width()).as("%s", any).isBetween(1, tileSize * 11 / 8);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32})
    void the_overlap_is_clipped_only_at_the_scenes_borders(long seed) {
        Random random = new Random(seed);
        for (int count = 0; count < 1000; count++) {
            Case one = random(random);
            Tile tile = one.grid().tile(random.nextInt(one.grid().size()));
            Window core = tile.core();
            Window read = tile.read();
            assertThat(read.x()).isEqualTo(Math.max(0, core.x() - one.overlap()));
            assertThat(read.y()).isEqualTo(Math.max(0, core.y() - one.overlap()));
            assertThat(read.x() + read.width())
                    .isEqualTo(Math.min(one.width(), core.x() + core.width() + one.overlap()));
            assertThat(read.y() + read.height())
                    .isEqualTo(Math.min(one.height(), core.y() + core.height() + one.overlap()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // width, block, tile, columns, first core
        "10980, 512, 4096, 3, 4096",
        "10980, 1024, 2048, 6, 2048",
        "4096, 512, 4096, 1, 4096",
        "4097, 512, 4096, 1, 4097",
        "5000, 512, 4096, 1, 5000",
        "5200, 512, 4096, 2, 4096",
        "10000, 10000, 4096, 3, 4096",
        "8192, 4096, 1024, 8, 1024",
        "1, 1, 2048, 1, 1",
        "3000, 512, 1000, 3, 1024",
        "3000, 250, 1500, 2, 1536",
        "3000, 100, 300, 10, 300",
    })
    void a_row_is_cut_as_expected(int width, int block, int tileSize, int columns, int first) {
        TileGrid grid = TileGrid.of(width, 100, block, 100, tileSize, 0);
        assertThat(grid.columns()).isEqualTo(columns);
        assertThat(grid.tile(0).core().width()).isEqualTo(first);
    }

    @Test
    void the_same_scene_always_has_the_same_tiles() {
        Case one = random(new Random(5));
        assertThat(one.grid().tiles()).isEqualTo(one.grid().tiles());
    }

    @Test
    void tiles_are_computed_only_when_they_are_asked_for() {
        TileGrid grid = TileGrid.of(1_000_000, 1_000_000, 512, 512, 512, 32);
        List<Tile> tiles = grid.tiles();
        assertThat(tiles).hasSizeGreaterThan(3_000_000);
        Tile last = tiles.get(tiles.size() - 1);
        assertThat(last.core().x() + last.core().width()).isEqualTo(1_000_000);
    }

    @Test
    void invalid_sizes_are_rejected() {
        assertThatThrownBy(() -> TileGrid.of(0, 1, 1, 1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TileGrid.of(1, 1, 1, 1, 1, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TileGrid.of(1, 1, 1, 1, 1, 0).tile(1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
