"""The statistics of a tile's band, so that the assembly need not read the pixels again: it adds those of all tiles.

Whole numbers have exact sums. Floats have their mean and the sum of squared differences from it, which are combined as
T. Chan, G. Golub and R. LeVeque say ("Updating formulae and a pairwise algorithm for computing sample variances",
Stanford STAN-CS-79-773, 1979). Complex numbers are counted only.
"""
import numpy as np

LIMB = 16  # bits: products of such parts, added up over a strip, stay below 2^63


class Statistics:
    """Of one band; `add` takes its pixels strip by strip."""

    def __init__(self):
        self.count, self.minimum, self.maximum = 0, None, None
        self.sum = self.squares = 0
        self.mean = self.m2 = np.longdouble(0)
        self.whole = True

    def add(self, values, good, nodata):
        """`good`: where pixels are valid, by `overviews.valid`; `nodata`: as `overviews.exact_nodata` gives it."""
        self.whole = values.dtype.kind in "iu"
        if self.whole and values.dtype.itemsize <= 2:
            self._narrow(values, nodata)
            return
        values = values[good()]
        self.count += values.size
        if values.size and values.dtype.kind != "c":
            self._range(values.min(), values.max())
            (self._wide if self.whole else self._floats)(values)

    def _range(self, low, high):
        low, high = (int(low), int(high)) if self.whole else (float(low), float(high))
        self.minimum = low if self.minimum is None else min(self.minimum, low)
        self.maximum = high if self.maximum is None else max(self.maximum, high)

    def _narrow(self, values, nodata):
        """Of 8 and 16 bits: everything follows from how often each value occurs."""
        kind = values.dtype
        plain = np.dtype(f"u{kind.itemsize}")
        times = np.bincount(values.view(plain).ravel(), minlength=1 << 8 * kind.itemsize)
        if nodata is not None:
            times[np.array(nodata, kind).view(plain)] = 0
        found = np.flatnonzero(times)
        if not found.size:
            return
        times, found = times[found], found.astype(plain).view(kind).astype(np.int64)
        self.count += int(times.sum())
        self._range(found.min(), found.max())
        self.sum += int(times @ found)
        self.squares += int(times @ (found * found))

    def _wide(self, values):
        """Of 32 and 64 bits: exact sums from parts of 16 bits, of which the highest has the sign."""
        parts = values.dtype.itemsize * 8 // LIMB
        limbs = []
        for number in range(parts):
            part = values >> values.dtype.type(LIMB * number)
            part = part.astype(np.int64) if number == parts - 1 else (part & values.dtype.type((1 << LIMB) - 1)).astype(np.int64)
            limbs.append(part)
        for i, part in enumerate(limbs):
            self.sum += int(part.sum()) << LIMB * i
            for j in range(i, parts):
                self.squares += (int(part @ limbs[j]) << LIMB * (i + j)) * (1 if i == j else 2)

    def _floats(self, values):
        # Squares of 1e200 are beyond a float64, and so are sums of 1e308.
        wide = np.longdouble if max(-self.minimum, self.maximum) > 1e150 else np.float64
        values = values.astype(wide)
        mean = values.mean()
        values -= mean
        added, squares = values.size, np.longdouble(values @ values)
        if added == self.count:
            self.mean, self.m2 = np.longdouble(mean), squares
            return
        before, delta = self.count - added, np.longdouble(mean) - self.mean
        self.mean += delta * added / self.count
        self.m2 += squares + delta * delta * before * added / self.count

    def json(self):
        """As a JSON text. Numbers of a long double may be beyond the range of a double."""
        if self.minimum is None:
            return f'{{"count": {self.count}}}'
        text = f'{{"count": {self.count}, "minimum": {self.minimum!r}, "maximum": {self.maximum!r}, '
        if self.whole:
            return text + f'"sum": {self.sum}, "squares": {self.squares}}}'
        mean, m2 = (np.format_float_scientific(number, trim="0") for number in (self.mean, self.m2))
        return text + f'"mean": {mean}, "m2": {m2}}}'
