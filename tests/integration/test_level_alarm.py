"""95 % solved at the grid: 949 of 1,000 raises the alarm on the page and in the API, 950 not."""

from __future__ import annotations

from dataclasses import replace

import case_town
import peopled_town
import pytest
from case_town import NOW, TOWN, report
from sqlalchemy import text

from gridsvc.accounts.rules import Role

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}
_FIELDS = (
    "kind, category_id, status, level, outcome, datum, provenance, reported_at, received_at,"
    " division_code, grid_code, grid_boundary_id, geom"
)


@pytest.fixture
def street(session, database, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: NOW)
    case_town.build(session)
    people = case_town.cast(session)
    first = report(session, people.reporter).incident
    _closed(session, first.id, "2026-08-10 02:00+00", 949)
    _closed(session, first.id, "2026-09-10 02:00+00", 950)
    app = peopled_town.app_in(session, replace(database, language="en"))
    return case_town.Client(app, session, Role.STREET_STAFF, TOWN)


def _closed(session, like: int, at: str, at_grid: int) -> None:
    """Close a thousand cases on a day, so many of which never rose above the grid."""
    session.execute(
        text(
            f"""with made as (
                insert into gridsvc.incident ({_FIELDS}, closed_at)
                select kind, category_id, 'closed', 'grid', 'solved', datum, provenance, :at, :at,
                    division_code, grid_code, grid_boundary_id, geom, :at
                from gridsvc.incident, generate_series(1, 1000) where id = :like returning id
            ), numbered as (select id, row_number() over (order by id) as n from made)
            insert into gridsvc.incident_event
                (incident_id, seq, at, action, from_status, to_status, detail)
            select id, 1, cast(:at as timestamptz), 'report', null, 'reported', '{{}}'::jsonb
            from numbered union all
            select id, 2, :at, 'close', 'reported', 'closed', case when n <= :at_grid
                then '{{"outcome": "solved"}}' else '{{"to_level": "community"}}' end::jsonb
            from numbered"""
        ),
        {"like": like, "at": at, "at_grid": at_grid},
    )


@pytest.mark.parametrize(("day", "count", "alarm"), [("2026-08-01", 949, True),
                                                     ("2026-09-01", 950, False)])  # fmt: skip
def test_the_alarm_stands_on_the_page_and_in_the_api(street, day, count, alarm):
    asked = f"in={TOWN}&day={day}"
    told = street.get(f"/api/v1/rates?{asked}").json
    at_grid = next(one for one in told["items"] if one["rate"] == "at_grid")
    assert (at_grid["numerator"], at_grid["denominator"]) == (count, 1000)
    assert (at_grid["alarm"], at_grid["line"]) == (alarm, 0.95)
    page = street.get(f"/rates?{asked}&rate=at_grid", **ENGLISH).get_data(as_text=True)
    assert f"{count} / 1,000" in page
    assert ("below the line of 95 %" in page) is alarm
    assert ('<li class="alarm"><a href' in page) is alarm
