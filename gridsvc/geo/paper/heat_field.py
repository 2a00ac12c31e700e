"""Heat on paper: the same surface that the map paints in the browser, cut into classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Half a millimetre is what an eye tells apart at reading distance.
_PIXEL_MM = 0.5
# Rows overlap by a hair, so that no white line shines through between them.
_LAP_MM = 0.04


def heat_field(
    x_mm: ArrayLike,
    y_mm: ArrayLike,
    cases: ArrayLike,
    *,
    bandwidth_mm: float,
    wide_mm: float,
    high_mm: float,
) -> NDArray[np.float64]:
    """Spread cases over a field of paper: Σ n · (1 − (d / bandwidth)²)² (docs/maps.md).

    Parameters
    ----------
    x_mm, y_mm, cases : array_like
        Places in mm from the upper left, which may lie outside of the field, and their cases.
    bandwidth_mm : float
        Where a case's weight has fallen to nothing.
    wide_mm, high_mm : float
        Size of the field.

    Returns
    -------
    ndarray
        One value for each half millimetre, rows from the top.
    """
    # Costs no time until something is printed.
    from scipy.signal import fftconvolve

    reach = max(1, round(bandwidth_mm / _PIXEL_MM))
    rows, columns = (int(np.ceil(size / _PIXEL_MM)) for size in (high_mm, wide_mm))
    edge = reach * _PIXEL_MM
    counts, *_ = np.histogram2d(
        np.asarray(y_mm, float),
        np.asarray(x_mm, float),
        bins=(rows + 2 * reach, columns + 2 * reach),
        range=(
            (-edge, rows * _PIXEL_MM + edge),
            (-edge, columns * _PIXEL_MM + edge),
        ),
        weights=np.asarray(cases, float),
    )
    away = np.arange(-reach, reach + 1) * _PIXEL_MM / max(bandwidth_mm, _PIXEL_MM)
    near = np.clip(1 - away[:, None] ** 2 - away[None, :] ** 2, 0, None) ** 2
    return np.asarray(fftconvolve(counts, near, mode="valid"))


def class_path(field: NDArray[np.float64], bound: float) -> str:
    """Write as an SVG path, in mm, where a field from `heat_field` is at a bound or above it."""
    hot = np.pad(field >= bound, ((0, 0), (1, 1))).astype(np.int8)
    turns = np.diff(hot, axis=1)
    row, start = np.nonzero(turns == 1)
    _, end = np.nonzero(turns == -1)
    high = _PIXEL_MM + _LAP_MM
    return "".join(
        f"M{x * _PIXEL_MM:g} {y * _PIXEL_MM:g}h{(to - x) * _PIXEL_MM:g}v{high:g}"
        f"h{(x - to) * _PIXEL_MM:g}z"
        for y, x, to in zip(row.tolist(), start.tolist(), end.tolist(), strict=True)
    )
