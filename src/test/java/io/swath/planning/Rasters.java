package io.swath.planning;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes small rasters with GDAL's Python, several in one go: starting it is what takes time. */
final class Rasters {
    private static final String HEAD = """
            import sys
            from osgeo import gdal, osr
            import numpy as np
            gdal.UseExceptions()
            gdal.SetConfigOption('GDAL_PAM_ENABLED', 'NO')
            gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'YES')
            nan = float('nan')
            def make(path, names=(), width=64, height=48, bands=None, type=gdal.GDT_UInt16, options=('TILED=YES', 'BLOCKXSIZE=16', 'BLOCKYSIZE=16'),
                     nodata=None, transform=(500000, 10, 0, 4000000, 0, -10), epsg=32649, fill=True):
                count = bands or len(names)
                ds = gdal.GetDriverByName('GTiff').Create(path, width, height, count, type, list(options))
                if transform: ds.SetGeoTransform(transform)
                if epsg:
                    srs = osr.SpatialReference(); srs.ImportFromEPSG(epsg); ds.SetProjection(srs.ExportToWkt())
                for number in range(1, count + 1):
                    band = ds.GetRasterBand(number)
                    if number <= len(names) and names[number - 1]: band.SetDescription(names[number - 1])
                    if nodata is not None: band.SetNoDataValue(nodata)
                    if fill: band.WriteArray((np.arange(width * height).reshape(height, width) * number % 251).astype('float64'))
                return ds
            """;

    private Rasters() {}

    /** Runs the script, which has {@code make(path, names, ...)}, in that folder. */
    static void make(Path folder, String script) throws IOException, InterruptedException {
        run(folder, List.of("/usr/bin/python3", "-c", HEAD + script));
    }

    /** What the command printed; fails when it does. */
    static String run(Path folder, List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("swath-test", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            String said = Files.readString(out, StandardCharsets.ISO_8859_1);
            if (!ended || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(command.get(0) + " failed: " + said);
            }
            return said;
        } finally {
            Files.deleteIfExists(out);
        }
    }
}
