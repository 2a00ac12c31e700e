"""A page of a map is as large for a city as for a street: it carries addresses, not shapes."""

from __future__ import annotations

import re

import peopled_town
import pytest
from peopled_town import TOWN, Viewer
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Role
from gridsvc.grids.models import Division

PAGES = ("coverage?kind=staffing", "open-issues?measure=density", "grids")
COMMUNITIES = 4
TABLE = re.compile("<tbody>.*</tbody>", re.DOTALL)


def strips_of_grids(session: Session, count: int) -> None:
    """Four communities, each a strip of grids 0.001° wide; every call adds to them."""
    session.merge(Division(code="520302", level="district", name="D"))
    session.flush()
    session.merge(Division(code=TOWN, level="subdistrict", parent_code="520302", name="S"))
    session.flush()
    for n in range(1, COMMUNITIES + 1):
        code = f"{TOWN}{n:03}"
        session.merge(Division(code=code, level="community", parent_code=TOWN, name="C"))
        session.flush()
        name = f"'{code}' || lpad(n::text, 3, '0')"
        square = (
            f"st_makeenvelope(108 + 0.001 * n, 27 + 0.001 * {n},"
            f" 108.001 + 0.001 * n, 27.001 + 0.001 * {n}, 4326)"
        )
        new = f"from generate_series(1, {count // COMMUNITIES}) n on conflict do nothing"
        session.execute(
            text(
                "insert into gridsvc.grid (code, community_code, kind, name)"
                f" select {name}, '{code}', 'residential', '第' || lpad(n::text, 3, '0') {new}"
            )
        )
        session.execute(
            text(
                "insert into gridsvc.grid_boundary (grid_code, geom, household_count, valid_from)"
                f" select {name}, {square}, 150, '{peopled_town.SINCE}' {new}"
            )
        )


@pytest.fixture(scope="module")
def pages(engine, database):
    """Read every map page with 32, 800 and 3,000 grids; nothing is committed."""
    with Session(engine) as session:
        yield _pages(session, database)


def _pages(session, database):
    viewer = Viewer(peopled_town.app_in(session, database), session, Role.STREET_STAFF, TOWN)
    found = {}
    for count in (32, 800, 3000):
        strips_of_grids(session, count)
        answers = [viewer.get(f"/maps/{page}", Accept="text/html") for page in PAGES]
        assert all(answer.status_code == 200 for answer in answers)
        found[count] = [answer.get_data(as_text=True) for answer in answers]
    return found


def test_a_page_of_3000_grids_is_as_small_as_one_of_32(pages):
    for small, middle, large in zip(*pages.values(), strict=True):
        # The list grows up to its 200 lines, and no further.
        assert len(large.encode()) <= 1.05 * len(middle.encode())
        without_list = [len(TABLE.sub("", page).encode()) for page in (small, large)]
        assert without_list[1] <= 1.05 * without_list[0]


def test_a_page_carries_no_shape(pages):
    for page in (page for count in pages.values() for page in count):
        assert "olygon" not in page
        assert '"coordinates"' not in page
        # West, south, east and north of the whole, for Leaflet and for the page's client. A clock
        # that reads 09:12:27.5 is no latitude.
        positions = re.findall(r"(?<![:\w])(?:27|108)\.\d+", TABLE.sub("", page))
        assert 0 < len(positions) <= 8
