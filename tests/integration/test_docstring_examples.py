"""The examples in the docstrings of the library run, on the toy town and without a database."""

from __future__ import annotations

import doctest
import importlib

import geopandas as gpd
import pytest
import shapely
import toy_town

from gridsvc.geo.atoms import outlines
from gridsvc.geo.cover.frames import with_dense_frames

MODULES = (
    "cover.frames", "atoms.blocks", "atoms.cells", "atoms.frame", "edits.areas", "edits.borders",
    "edits.labels", "proposal.alternatives", "proposal.borders", "findings",
    "cover.compare", "cover.flows", "redrawing.redrawn", "numbering", "files.spreadsheets",
    "analysis.hot_spots",
)  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_run(name):
    given = {
        "town": with_dense_frames(toy_town.grids()),
        "houses": toy_town.buildings(),
        "outlines": outlines,
        "shapely": shapely,
        "gpd": gpd,
    }
    module = importlib.import_module(f"gridsvc.geo.{name}")
    failed, tried = doctest.testmod(module, extraglobs=given)
    assert tried and not failed
