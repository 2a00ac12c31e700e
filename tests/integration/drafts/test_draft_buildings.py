"""Buildings as the atoms of a draft: chosen ones pass with their households."""

from __future__ import annotations

import peopled_town
import pytest
import toy_town
from drafted import A, B, C, ask
from geoalchemy2.shape import from_shape
from peopled_town import NOW
from shapely import MultiPolygon

from gridsvc.errors import Conflict
from gridsvc.geo.cover.chain import edge_chain
from gridsvc.grids.models import Building
from gridsvc.plans import atoms, drafts, log, queries
from gridsvc.plans.shapes import shapes_to_publish


def houses(session, plan):
    """Three more buildings in grid A, and the draft drawn again with cells for all of them."""
    for place, (column, row) in enumerate([(0.2, 2.2), (0.8, 2.2), (0.8, 2.8)]):
        shape = toy_town.cell(column, row, wide=0.1, high=0.1)
        session.add(
            Building(
                code=f"more{place}",
                geom=from_shape(MultiPolygon([shape]), 4326),
                anchor=from_shape(shape.centroid, 4326),
                household_count=10 * (place + 1),
                dwelling_count=40,
                valid_from=peopled_town.SINCE,
            )
        )
    session.flush()
    drafts.fill(session, plan)
    return atoms.load(session, plan.id, [A])


def test_buildings_are_the_atoms_and_chosen_ones_pass_with_their_households(town, plan, planner):
    cells = houses(town, plan)
    assert sorted(cells["households"]) == [10, 20, 30, 120]
    chosen = cells["building"][cells["households"] == 20].tolist()
    below = toy_town.code(1, 4)
    log.edit(town, plan, planner, ask("relabel", 0, to=below, buildings=chosen), NOW)
    assert queries.outlines(town, plan.id, [A, below])["households"].tolist() == [160, 120]


def test_chosen_buildings_sent_again_are_one_edit_and_others_are_not(town, plan, planner):
    cells = houses(town, plan).set_index("households")["building"]
    one, two = int(cells[10]), int(cells[20])
    below = toy_town.code(1, 4)
    first = ask("relabel", 0, "x", to=below, buildings=[one])
    assert log.edit(town, plan, planner, first, NOW).seq == 1
    assert log.edit(town, plan, planner, first, NOW).repeated
    with pytest.raises(Conflict, match="another edit"):
        log.edit(town, plan, planner, ask("relabel", 1, "x", to=below, buildings=[two]), NOW)


def test_what_would_be_published_leaves_the_borders_that_nobody_drew(town, plan, planner):
    houses(town, plan)
    before = shapes_to_publish(town, plan)
    untouched = before["geometry"][A]
    assert queries.outlines(town, plan.id, [A])["geometry"][A] != untouched
    assert untouched.normalize().equals_exact(toy_town.cell(0, 2).normalize(), 0)
    log.edit(town, plan, planner, ask("merge", 0, into=B, others=[C]), NOW)
    after = shapes_to_publish(town, plan)
    assert after.index[after["changed"] & ~before["changed"].reindex(after.index)].tolist() == [B]
    assert edge_chain(after).same_as(edge_chain(toy_town.grids()))
