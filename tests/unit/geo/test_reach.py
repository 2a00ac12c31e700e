from __future__ import annotations

import numpy as np
import toy_town

from gridsvc.geo.analysis.reach import nearest_m


def test_the_nearer_of_two_points_is_measured_in_metres() -> None:
    (lon, lat), (west, _), (east, _) = (toy_town.position(c, 1) for c in (1, 0, 4))
    metres = nearest_m([lon], [lat], [east, west], [lat, lat])
    # one cell is 0.001 degrees: 98.6 m at 27.7 degrees north
    assert abs(metres[0] - 98.6) < 0.1


def test_without_any_point_everything_is_infinitely_far() -> None:
    assert np.isinf(nearest_m([108.0], [27.7], [], [])).all()
    assert nearest_m([], [], [108.0], [27.7]).size == 0
