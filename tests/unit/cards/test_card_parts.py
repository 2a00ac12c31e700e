"""Printings in parts: every grid once, by community, never more than a printer is fed."""

from __future__ import annotations

import pytest

from gridsvc.cards.rules import PART_GRIDS, PART_PAGES, CardKind, pages, parts


@pytest.mark.parametrize(("kind", "copies"), [("poster", 1), ("contact", 100), ("service", 100)])
def test_every_grid_is_in_one_part_of_its_own_community(kind: str, copies: int) -> None:
    codes = [f"520302001{c:03d}{g:03d}" for c in range(1, 5) for g in range(1, 30 * c % 47)]
    each = pages(CardKind(kind), copies)
    told = parts(reversed(codes), each)
    assert sorted(code for part in told for code in part) == sorted(codes)
    assert all(len({code[:12] for code in part}) == 1 for part in told)
    assert all(len(part) <= PART_GRIDS for part in told)
    assert all(len(part) * each <= PART_PAGES or len(part) == 1 for part in told)
