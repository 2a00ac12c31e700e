"""What is drawn from far away."""

from __future__ import annotations

import pytest
import toy_town

from gridsvc.grids.layers import drawn_layers

NO_OUTLINES = toy_town.communities().to_crs(3857).iloc[:0]


@pytest.mark.parametrize(("times", "communities"), [(1, 2), (3, 2), (5, 9)])
def test_grids_wide_enough_to_be_told_apart_are_drawn_instead_of_their_community(
    times, communities
):
    # 100 m on the ground at 27.7° north are 113 m of Web Mercator; 382 m are five pixels.
    town = toy_town.grids().to_crs(3857).assign(kind="residential")
    town.geometry = town.scale(times, times, origin=town.geometry[0].centroid)
    drawn = list(drawn_layers(town, NO_OUTLINES))
    for lod in (0, 1, 2):
        layer = [one.code for one in drawn if (one.layer, one.lod) == ("communities", lod)]
        assert len(layer) == communities
        assert sum(one.layer == "subdistricts" and one.lod == lod for one in drawn) == 1
