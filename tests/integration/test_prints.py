"""Maps and charts on paper: true to scale, with their number, and no more than the page shows."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import peopled_town
import pypdfium2
import pytest
import redrawn_town
import toy_town
from peopled_town import TODAY, TOWN, Viewer, app_in
from PIL import Image
from pyproj import Geod

from gridsvc.accounts.rules import Role
from gridsvc.web.prints import wanted

HERE = f"in={TOWN}&on={TODAY}"
ENGLISH = {"Accept-Language": "en"}
_POINT_MM = 25.4 / 72


@pytest.fixture
def street(session, settings, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: peopled_town.NOW)
    peopled_town.build(session)
    app = app_in(session, replace(settings, language="en"))
    return Viewer(app, session, Role.STREET_STAFF, TOWN)


def asked(viewer: Viewer, path: str) -> bytes:
    answer = viewer.get(path, **ENGLISH)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:400]
    return answer.data


def words(document: bytes) -> str:
    with pypdfium2.PdfDocument(document) as opened:
        return re.sub(r"\s+", " ", opened[0].get_textpage().get_text_bounded())


def widths_mm(document: bytes) -> list[float]:
    """Measure every path of the first page as a ruler would."""
    with pypdfium2.PdfDocument(document) as opened:
        found = [one.get_bounds() for one in opened[0].get_objects([2])]
    return [(right - left) * _POINT_MM for left, _, right, _ in found]


@pytest.mark.parametrize("scale", [2500, 5000])
def test_what_is_so_long_on_the_ground_is_so_long_on_paper(street, scale):
    lon, lat = toy_town.position(0, 0)
    _, _, metres = Geod(ellps="WGS84").inv(lon, lat, toy_town.position(3, 0)[0], lat)
    printed = asked(street, f"/maps/coverage?kind=visits&{HERE}&format=pdf&scale={scale}")
    town_mm = metres * 1000 / scale
    assert any(abs(wide - town_mm) < 0.5 for wide in widths_mm(printed))
    said = words(printed)
    assert f"1 : {scale:,}" in said and "9 of 1,500 dwellings" in said
    for part in ("Has every household been called on?", "80–100 %", "As of 2026-09-16 14:30",
                 "Source: gridsvc", "CGCS2000"):  # fmt: skip
        assert part in said, said


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/maps/coverage?kind=staffing", "Nobody in charge"),
        ("/maps/open-issues?measure=density", "Each case spreads over 150 m"),
        ("/rates?day=2026-09-16", "On time, period by period"),
        ("/rates?day=2026-09-16&chart=parts", "On time, place by place"),
        ("/coverage?day=2026-09-16", "Dwellings visited, place by place"),
        ("/quotas?page=1", "Teams that kept it, week by week"),
        ("/zones?list=grids", "Has every household somebody to turn to?"),
        ("/hotspots?days=28", "Where does work pile up beyond chance?"),
        ("/?page=1", "What needs somebody today?"),
        ("/service-points?list=missing", "Which places have no service point?"),
        ("/projects?page=1", "What is being done where, and is it done in time?"),
    ],
)
def test_every_map_and_chart_prints_with_its_question_and_instant(street, path, says):
    said = words(asked(street, f"{path}&{HERE}&format=pdf&paper=slide"))
    assert says in said and "As of 2026-09-16 14:30" in said


def test_a_picture_is_as_large_as_its_paper_at_its_dots_per_inch(street):
    picture = Image.open(io.BytesIO(asked(street, f"/maps/grids?{HERE}&format=png&dpi=150")))
    assert picture.size == pytest.approx((297 / 25.4 * 150, 210 / 25.4 * 150), abs=1)
    assert picture.info["dpi"] == pytest.approx((150, 150), abs=0.1)
    drawn = asked(street, f"/coverage?day=2026-09-16&{HERE}&format=svg").decode()
    assert drawn.startswith("<svg") and "名520302001" in drawn


def test_a_visitor_prints_no_more_than_the_public_map_shows(street, session, settings):
    visitor = Viewer(app_in(session, settings), session, None)
    path = f"/maps/open-issues?measure=per_100_households&on={TODAY}&format=pdf"
    own, public = (words(asked(one, f"{path}&in=all")) for one in (street, visitor))
    # Of 17 open in public grids, sensitive kinds aside, everybody is told a multiple of five.
    assert "24 open cases among 1,500 households" in own
    assert "15 open cases among 330 households" in public and "006" not in public
    assert visitor.get(f"/rates?format=pdf&on={TODAY}").status_code in (302, 303, 401)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("format=pdf&scale=500", "At 1 : 500 this area is larger than the paper"),
        # Nothing fits at less than 1 : 2,500, which is not in the list of choices.
        ("format=pdf&scale=1000", "choose 1 : 5,000"),
        ("format=pdf&scale=99", "scale"),
        ("format=pdf&dpi=9999", "dpi"),
        ("format=gif", "gif"),
        ("format=svg", "pdf or png"),
    ],
)
def test_a_print_that_cannot_be_is_refused_with_what_to_choose(street, query, says):
    answer = street.get(f"/maps/grids?{HERE}&{query}", **ENGLISH)
    assert answer.status_code == 400 and says in answer.get_data(as_text=True)


def test_a_draft_is_printed_beside_its_base(session, settings):
    planner, _ = redrawn_town.build(session)
    plan = redrawn_town.split(session, planner)
    viewer = Viewer(app_in(session, replace(settings, language="en")), session, Role.PLANNER, TOWN)
    said = words(asked(viewer, f"/plans/{plan.id}?format=pdf&paper=a3"))
    assert "2 grids change: 1 of another shape, 1 new, 0 gone" in said
    assert "9 grids before, 10 after" in said and "lines of the earlier map" in said
    other = Viewer(app_in(session, settings), session, Role.PLANNER, "520999")
    assert other.get(f"/plans/{plan.id}?format=pdf").status_code == 404


def test_of_two_at_once_the_second_waits_and_is_told(street, monkeypatch):
    monkeypatch.setattr(wanted, "_PATIENCE_S", 0.0)
    with wanted._ONE_AT_A_TIME:
        answer = street.get(f"/maps/grids?{HERE}&format=pdf", **ENGLISH)
    assert answer.status_code == 503 and "try again" in answer.get_data(as_text=True)
    assert asked(street, f"/maps/grids?{HERE}&format=pdf").startswith(b"%PDF")
