"""Where a map opens, when what a viewer sees lies on several continents."""

from __future__ import annotations

from datetime import date

import peopled_town
import pytest
import shapely
import toy_town
from geoalchemy2.shape import from_shape
from peopled_town import TODAY, TOWN

from gridsvc.accounts.rules import Scope, Sight
from gridsvc.grids.models import Division, DivisionBoundary
from gridsvc.grids.opening import opening_view

HERE = pytest.approx((108.0, 27.7, 108.003, 27.703))
THERE = pytest.approx((-0.2, 51.5, -0.1, 51.6))
LONDON = Sight(full=Scope(("990101",)), public=Scope((TOWN,)))


@pytest.fixture
def two_towns(session):
    """The toy town with ten grids, and a single one in London."""
    peopled_town.territory(session)
    parent = None
    for level, digits in (("district", 6), ("subdistrict", 9), ("community", 12)):
        code = "990101001001"[:digits]
        session.add(Division(code=code, level=level, parent_code=parent, name="L"))
        session.flush()
        parent = code
    peopled_town.add_grid(session, "990101001001001", shapely.box(-0.2, 51.5, -0.1, 51.6), 100)
    session.flush()
    return session


def test_a_map_opens_on_all_that_is_seen(two_towns):
    assert opening_view(two_towns, Sight(public=Scope((TOWN,))), TODAY) == HERE
    assert opening_view(two_towns, LONDON, TODAY, TOWN) == HERE


def test_what_no_screen_can_hold_is_cut_down_to_the_own_area(two_towns):
    assert opening_view(two_towns, LONDON, TODAY) == THERE


def test_of_two_far_towns_of_one_account_the_one_with_more_grids_opens(two_towns):
    assert opening_view(two_towns, Sight(full=Scope(("",))), TODAY) == HERE


def test_a_district_without_grids_opens_on_its_outline(two_towns):
    two_towns.add(Division(code="990102", level="district", name="D"))
    two_towns.flush()
    outline = shapely.MultiPolygon([toy_town.cell(0, 0)])
    two_towns.add(
        DivisionBoundary(
            division_code="990102", geom=from_shape(outline, 4326), valid_from=date(2026, 1, 1)
        )
    )
    two_towns.flush()
    everything = Sight(full=Scope(("",)))
    view = opening_view(two_towns, everything, TODAY, "990102")
    assert view == pytest.approx((108.0, 27.7, 108.001, 27.701))
    assert opening_view(two_towns, everything, date(2020, 1, 1)) is None
