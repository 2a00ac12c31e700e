"""One quarter of a district of 782 grids: every published figure again with plain pandas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import made_quarter
import pandas as pd
import peopled_town
import plain_figures as plain
import pytest
from made_quarter.days import DISTRICT, FIRST, GRIDS, IN_FORCE, LAST, OFFICE, SPLIT, ZONE
from peopled_town import Viewer
from plain_figures import Raw, Span
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from undone import undone

from gridsvc.accounts.rules import Role, Scope, Sight
from gridsvc.appraisals import queries as appraised
from gridsvc.appraisals import services as appraising
from gridsvc.reports import cycles
from gridsvc.reports.case_facts import by_division, case_facts, counted_in
from gridsvc.reports.coverage import broken_communities, by_part, coverage_rows
from gridsvc.reports.ledgers import LedgerKind, ledger, sums
from gridsvc.reports.rules.periods import PeriodKind, period_of
from gridsvc.staffing.vacancies import vacancies, without_team
from gridsvc.wishes import queries as wishes

QUARTER = period_of(PeriodKind.QUARTER, FIRST)
HERE = Scope((DISTRICT,))
#: After the redraw was written down, which is when this test runs.
AS_OF = datetime.now(UTC) + timedelta(hours=1)
SPAN = Span(*QUARTER.bounds(ZONE), AS_OF)
ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture(scope="module")
def town(engine: Engine) -> Iterator[Session]:
    with undone(engine) as session:
        made_quarter.build(session)
        yield session


@pytest.fixture(scope="module")
def raw(town: Session) -> Raw:
    return plain.raw(town.connection())


@pytest.fixture(scope="module")
def places(raw: Raw) -> list[str]:
    """The district, its subdistricts and communities, and the grids about the redraw."""
    return [*sorted(raw["division"]["code"]), SPLIT, f"{SPLIT[:12]}026"]


def below(frame: pd.DataFrame, code: str, column: str = "code") -> pd.DataFrame:
    return frame[frame[column].str.startswith(code)]


def rates_of(session: Session, places: list[str]) -> dict[str, dict[str, tuple[int, int]]]:
    facts = counted_in(case_facts(session, HERE, *QUARTER.bounds(ZONE), AS_OF), QUARTER, ZONE)
    counted = by_division(facts, places)
    return {
        code: {one.kind.value: (one.numerator, one.denominator) for one in found}
        for code, found in counted.items()
    }


def rates_by_hand(raw: Raw, places: list[str]) -> dict[str, dict[str, tuple[int, int]]]:
    found = plain.cases(raw, AS_OF)
    return {code: plain.rates(below(found, code), SPAN) for code in places}


def test_every_rate_of_every_place_is_what_the_raw_tables_say(town, raw, places):
    expected = rates_by_hand(raw, places)
    assert rates_of(town, places) == expected
    assert all(0 < n < of for n, of in expected[DISTRICT].values()), "every kind of case is there"
    # The control: a single row taken out of a raw table is seen.
    events = raw["incident_event"]
    tap = events[(events["action"] == "rate") & SPAN.holds(events["at"])].index[:1]
    other = Raw(raw | {"incident_event": events.drop(tap)})
    assert rates_by_hand(other, places) != expected


def test_every_sum_of_the_three_ledgers_is_what_the_raw_tables_say(town, raw, places):
    def told(kind: LedgerKind) -> dict[str, tuple[int, ...]]:
        found = sums(kind, ledger(town, kind, HERE, QUARTER, ZONE, AS_OF), places)
        return {code: tuple(row) for code, row in zip(found.index, found.to_numpy(), strict=True)}

    found = plain.cases(raw, AS_OF)
    walked = plain.rounds(raw, FIRST, LAST, AS_OF)
    for kind, expected in (
        (LedgerKind.REQUESTS, {c: plain.request_sums(below(found, c), SPAN) for c in places}),
        (LedgerKind.FEEDBACK, {c: plain.feedback_sums(below(found, c), SPAN) for c in places}),
        (LedgerKind.VISITS,
         {c: plain.visit_sums(below(walked, c, "grid_code")) for c in places}),
    ):  # fmt: skip
        assert told(kind) == expected
        assert all(expected[DISTRICT])


def coverage_by_hand(raw: Raw, codes: list[str]) -> dict[str, dict[str, object]]:
    grids = plain.visited(raw, FIRST, LAST, AS_OF).join(plain.staffed(raw, LAST))
    walked = plain.rounds(raw, FIRST, LAST, AS_OF)
    broken, communities = plain.broken(raw, LAST, AS_OF), raw["division"]
    communities = communities[communities["level"] == "community"]["code"]
    found = {}
    for code in codes:
        own = grids[grids.index.str.startswith(code)]
        mine = communities[communities.str.startswith(code)]
        counted = own[own["dwellings"].notna()]
        called = below(walked, code, "grid_code")
        found[code] = {
            "communities": len(mine), "whole": len(mine) - int(mine.isin(broken).sum()),
            "grids": len(own), "staffed": int(own["staffed"].sum()),
            "dwellings": int(counted["dwellings"].sum()),
            "visited": int(counted["visited"].sum()),
            "below": int((own["visited"] / own["dwellings"] < 0.8).sum()),
            "uncounted": len(own) - len(counted), "over": int(own["over"].sum()),
            "rounds": len(called), "calls": int(called["dwellings_visited"].sum()),
            "spread": plain.spread(counted),
        }  # fmt: skip
    return found


def test_the_three_readings_of_coverage_are_what_the_raw_tables_say(town, raw, places):
    rows = coverage_rows(town, HERE, QUARTER, AS_OF, LAST)
    told = by_part(rows, broken_communities(town, HERE, LAST, AS_OF), places)
    expected = coverage_by_hand(raw, places)
    assert {code: vars(one) for code, one in told.items()} == expected
    whole = expected[DISTRICT]
    assert whole["grids"] == GRIDS + 1, "the redraw made one more"
    assert whole["whole"] == whole["communities"] - 1 and whole["uncounted"] > 20
    assert 0 < whole["visited"] < whole["dwellings"] and rows["rate"].max() <= 1
    # Dwellings that were called on before the redraw are told by the grid that has them now.
    early = plain.rounds(raw, FIRST, IN_FORCE - timedelta(days=1), AS_OF)
    assert SPLIT in set(early["grid_code"]) and expected[f"{SPLIT[:12]}026"]["visited"] > 0
    other = Raw(raw | {"visit": raw["visit"].drop(early.index[:1])})
    assert coverage_by_hand(other, [DISTRICT]) != coverage_by_hand(raw, [DISTRICT])


def test_vacant_posts_and_grids_without_a_team_are_what_the_raw_tables_say(town, raw, places):
    told = [one.place for one in vacancies(town, HERE, LAST, AS_OF)]
    bare = without_team(town, HERE, LAST, AS_OF)
    grids = plain.staffed(raw, LAST)
    expected = plain.vacant(raw, LAST)
    assert sum(expected.values()) > 0
    for code in places:
        mine = sum(n for place, n in expected.items() if place.startswith(code))
        assert sum(place.startswith(code) for place in told) == mine
        assert sum(one.startswith(code) for one in bare) == int(
            (~below(grids.reset_index(), code, "grid_code")["has_team"]).sum()
        )


def test_every_figure_of_every_pack_of_an_office_is_what_the_raw_tables_say(town, raw):
    with town.begin_nested() as undo:
        cycles.close_due_of(town, OFFICE, datetime(2026, 10, 2, tzinfo=UTC))
        packs = cycles.packs(town, OFFICE)
        assert {one.kind for one in packs} >= {PeriodKind.CYCLE, PeriodKind.QUARTER}
        assert len(packs) >= 7
        for pack in packs:
            span = Span(pack.since, pack.until, pack.as_of)
            told = cycles.read(pack)["places"]
            for code in (OFFICE, f"{OFFICE}001"):
                assert told[code] == plain.pack(raw, span, code), (pack.kind, pack.starts_on)
        undo.rollback()


def test_the_wish_board_counts_what_the_raw_tables_say(town, raw):
    told = {
        one.topic.id if one.topic else 0: (one.waiting, one.claimed, one.granted)
        for one in wishes.heaps(town, Sight(full=HERE), LAST, limit=1)
    }
    rows = raw["incident"][raw["incident"]["kind"] == "wish"].set_index("id")
    topic = raw["sorted_wish"].set_index("incident_id")["topic_id"].reindex(rows.index).fillna(0)
    waits = rows["status"].isin(["reported", "dispatched", "returned"])
    closed, ended = rows["status"] == "closed", rows["status"].isin(["closed", "merged"])
    expected = {
        int(n): tuple(int((topic[mark] == n).sum()) for mark in (waits, ~waits & ~ended, closed))
        for n in sorted(topic.unique())
    }
    assert told == expected and sum(map(sum, expected.values())) > 500


_TALLIES = """
    insert into gridsvc.appraisal_tally
        (appraisal_id, team_id, rater, asked, reached, answered, points)
    select :quarter, id, rater, 9, 8, said, said * mark
    from gridsvc.team t, unnest(array['team', 'representatives', 'units', 'committee', 'street',
            'branch']) with ordinality r(rater, n),
        lateral (select 1 + (t.id + n) % 7 as said, 60 + (t.id * n) % 40 as mark) given
    where t.division_code like :office || '%' and (t.id + n) % 5 > 0
"""
_PANELS = """
    insert into gridsvc.panel_tally
        (team_id, starts_on, households, asked, reached, satisfied, fairly, unsatisfied)
    select id, day, 100, 12, 12, 1 + id % 4, 1, 7 - id % 7
    from gridsvc.team, unnest(array[date '2025-12-26', date '2026-06-26']) day
    where division_code like :office || '%' and id % 3 > 0
"""


def test_appraisal_marks_points_and_flags_are_what_the_raw_tables_say(town):
    over = datetime(2026, 9, 26, 0, 30, tzinfo=UTC)
    quarter = appraising.open_quarter(town, OFFICE, LAST.replace(day=20), None, over)
    town.execute(text(_TALLIES), {"quarter": quarter.id, "office": OFFICE})
    town.execute(text(_PANELS), {"office": OFFICE})
    appraising.lock(town, quarter, None, over)
    lines = appraised.sheet(town, quarter, Scope((OFFICE,)), LAST)
    told = {one.team.id: (one.result.total, one.points, one.flagged) for one in lines}
    tables = plain.raw(town.connection())
    day = quarter.ends_on - timedelta(days=1)
    charge = plain.on(tables["team_assignment"], day)
    charge = below(charge, OFFICE, "grid_code").set_index("grid_code")["team_id"]
    grids = set(plain.on(tables["grid_boundary"], day)["grid_code"])
    assert set(charge.index) <= grids
    teams = sorted(set(charge))
    mean = _marks(tables["appraisal_tally"]).reindex(teams)
    points = _points(tables, charge, quarter, over).reindex(teams)
    unhappy = tables["panel_tally"].assign(
        bad=lambda rows: rows["unsatisfied"] > rows["satisfied"] + rows["fairly"]
    )
    twice = unhappy.groupby("team_id")["bad"].sum().reindex(teams) == 2
    assert set(told) == set(teams) and points.sum() > 500 and 0 < twice.sum() < len(teams)
    for team in teams:
        total, booked, flagged = told[team]
        assert total == pytest.approx(mean[team]) and booked == points[team]
        assert flagged == twice[team]


def _marks(tallies: pd.DataFrame) -> pd.Series:
    """Weigh what is there of each source, and the sources by 10, 40, 30 and 20."""
    share = {"team": 100, "representatives": 70, "units": 30, "committee": 100, "street": 60,
             "branch": 40}  # fmt: skip
    source = {"team": "self", "representatives": "public", "units": "public",
              "committee": "community", "street": "organisation",
              "branch": "organisation"}  # fmt: skip
    weight = {"self": 10, "public": 40, "community": 30, "organisation": 20}
    rows = tallies.assign(
        share=tallies["rater"].map(share),
        source=tallies["rater"].map(source),
        mean=tallies["points"] / tallies["answered"],
    )
    rows["part"] = rows["mean"] * rows["share"]
    by = rows.groupby(["team_id", "source"])[["part", "share"]].sum()
    marks = (by["part"] / by["share"]).rename("mark").reset_index()
    marks["weight"] = marks["source"].map(weight)
    marks["part"] = marks["mark"] * marks["weight"]
    whole = marks.groupby("team_id")[["part", "weight"]].sum()
    return whole["part"] / whole["weight"]


def _points(tables: Raw, charge: pd.Series, quarter: object, over: datetime) -> pd.Series:
    """Two points a case ended in time, one a round, three a satisfied rating."""
    first, end = quarter.starts_on, quarter.ends_on
    as_of = over - timedelta(minutes=2)
    span = Span(*(datetime(d.year, d.month, d.day, tzinfo=ZONE) for d in (first, end)), as_of)
    found = plain.cases(tables, as_of)
    found["team"] = found["code"].map(charge)
    walked = plain.rounds(tables, first, end - timedelta(days=1), as_of)
    in_time = found[span.holds(found["due"]) & (found["ended"] <= found["due"])]
    happy = found[span.holds(found["tapped"]) & (found["tap"] >= 2)]
    counts = [
        2 * in_time["team"].value_counts(),
        walked["grid_code"].map(charge).value_counts(),
        3 * happy["team"].value_counts(),
    ]
    return pd.concat(counts, axis=1).fillna(0).sum(axis=1).reindex(charge.unique()).fillna(0)


def test_the_pages_print_the_same_figures(town, raw, database, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: AS_OF)
    app = peopled_town.app_in(town, replace(database, language="en"))
    district = Viewer(app, town, Role.DISTRICT, DISTRICT)
    asked = f"in={OFFICE}&period=quarter&day={FIRST}"

    def page(path: str) -> str:
        answer = district.get(f"{path}?{asked}", **ENGLISH)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    shown = page("/rates")
    for n, of in rates_by_hand(raw, [OFFICE])[OFFICE].values():
        assert f"{n:,} / {of:,}" in shown
    found = coverage_by_hand(raw, [OFFICE])[OFFICE]
    shown = page("/coverage")
    assert f"{found['visited']:,} of {found['dwellings']:,} dwellings" in shown
    assert f"{found['staffed']:,} / {found['grids']:,}" in shown
    assert f"{found['calls']:,} calls on dwellings in {found['rounds']:,} rounds" in shown
    asked += "&ledger=visits"
    shown = page("/ledgers")
    for n in plain.visit_sums(below(plain.rounds(raw, FIRST, LAST, AS_OF), OFFICE, "grid_code")):
        assert f"{n:,}" in shown
