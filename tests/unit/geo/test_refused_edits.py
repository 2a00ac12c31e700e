"""What is drawn badly is refused in one sentence, with its place, and changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from edited_town import MIDDLE, NEW, A, B, line, town
from shapely import LineString, Polygon
from toy_town import cell, code, position

from gridsvc.errors import BadGeometry, Conflict, NotFound, RuleViolation
from gridsvc.geo import edits


def scribble(count: int) -> LineString:
    way = np.linspace(0.5, 2.5, count)
    return line(*zip(way, 1.5 + 0.3 * np.sin(40 * way), strict=True))


BOWTIE = Polygon([position(*at) for at in ((1, 1), (2, 2), (2, 1), (1, 2))])
ELSEWHERE = cell(7, 7)
BAD = {
    "a self-touching lasso": (
        lambda a: edits.transfer(a, BOWTIE, A, 10),
        BadGeometry,
        "outline crosses or touches itself",
    ),
    "a lasso elsewhere": (
        lambda a: edits.transfer(a, ELSEWHERE, A, 10),
        RuleViolation,
        "holds no ground that could pass",
    ),
    "a lasso apart from the taker": (
        lambda a: edits.transfer(a, cell(2.2, 2.2, wide=0.2, high=0.2), A, 10),
        RuleViolation,
        f"{A} would fall into 2 pieces",
    ),
    "a lasso around all of a grid": (
        lambda a: edits.transfer(a, cell(1, 1.9, wide=1, high=1.2), A, 10),
        RuleViolation,
        "would have no ground left|fall into",
    ),
    "a new grid amid another": (
        lambda a: edits.create(a, cell(1.4, 1.4, wide=0.2, high=0.2), NEW, 10),
        RuleViolation,
        f"{MIDDLE} would enclose ground",
    ),
    "a line that misses": (
        lambda a: edits.split(a, MIDDLE, line((0, 0), (3, 0.5)), NEW, 10),
        BadGeometry,
        "does not cut .* in two",
    ),
    "a line that ends inside": (
        lambda a: edits.split(a, MIDDLE, line((0.5, 1.5), (1.5, 1.5)), NEW, 10),
        BadGeometry,
        "does not cut .* in two",
    ),
    "a line that leaves three pieces": (
        lambda a: edits.split(a, MIDDLE, line((0.8, 1.3), (2.2, 1.4), (0.8, 1.6)), NEW, 10),
        BadGeometry,
        "in 3 pieces",
    ),
    "a line that crosses itself": (
        lambda a: edits.split(
            a, MIDDLE, line((0.9, 1.5), (1.7, 1.5), (1.5, 1.8), (1.5, 1.2)), NEW, 10
        ),
        BadGeometry,
        "crosses or touches itself",
    ),
    "a scribble of 10,000 vertices": (
        lambda a: edits.split(a, MIDDLE, scribble(10_000), NEW, 10),
        BadGeometry,
        "10000 vertices, at most 5000",
    ),
    "a vertex dragged across three neighbours": (
        lambda a: edits.drag(a, position(1, 2), position(2.5, 2.5), 10),
        BadGeometry,
        "dragged across another border",
    ),
    "a vertex on the outline": (
        lambda a: edits.drag(a, position(1, 3), position(1.1, 2.9), 10),
        RuleViolation,
        "is locked",
    ),
    "a vertex between two communities": (
        lambda a: edits.drag(a, position(1, 1), position(1.1, 1.1), 10),
        RuleViolation,
        "is locked",
    ),
    "no vertex": (
        lambda a: edits.drag(a, position(1.3, 1.3), position(1.1, 1.1), 10),
        BadGeometry,
        "No border",
    ),
    "a new border that joins nothing": (
        lambda a: edits.reshape(a, A, B, line((1.2, 2.2), (1.4, 2.6)), 10),
        BadGeometry,
        "does not join up",
    ),
    "a new border between grids that are no neighbours": (
        lambda a: edits.reshape(a, A, code(1, 3), line((0.5, 2.5), (2.5, 2.5)), 10),
        RuleViolation,
        "share no border",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_drawn_badly_is_answered_in_one_sentence_with_the_place(what):
    attempt, kind, sentence = BAD[what]
    with pytest.raises(kind, match=sentence) as refusal:
        attempt(town())
    lon, lat = refusal.value.place
    assert 107.999 < lon < 108.009 and 27.699 < lat < 27.709
    assert refusal.value.message.count(". ") == 0


def test_ground_never_passes_to_another_community():
    atoms = town()
    for attempt in (
        lambda: edits.merge(atoms, code(1, 4), [code(2, 1)]),
        lambda: edits.relabel(atoms, [7], code(1, 4)),
        lambda: edits.split(atoms, A, line((0.5, 1.9), (0.5, 3.1)), code(2, 7), 10),
        lambda: edits.renumber(atoms, {A: code(2, 7)}),
        lambda: edits.reshape(atoms, code(1, 4), code(2, 1), line((0, 1), (1, 1)), 10),
    ):
        with pytest.raises(RuleViolation, match="is locked"):
            attempt()


def test_codes_that_are_not_there_or_in_use_are_refused():
    atoms = town()
    with pytest.raises(NotFound, match=NEW):
        edits.merge(atoms, NEW, [A])
    with pytest.raises(RuleViolation, match=f"Code {B} is in use"):
        edits.split(atoms, A, line((0.5, 1.9), (0.5, 3.1)), B, 10)
    with pytest.raises(RuleViolation, match="no ground left"):
        edits.relabel(atoms, [1], B)
    with pytest.raises(NotFound, match="no atom 99"):
        edits.relabel(atoms, [99], B)


def test_an_edit_of_ground_that_has_changed_since_is_not_applied():
    atoms = town()
    edit = edits.split(atoms, MIDDLE, line((0.8, 1.3), (2.2, 1.3)), NEW, 10)
    with pytest.raises(Conflict, match="has changed since"):
        edit.applied_to(edit.applied_to(atoms))
