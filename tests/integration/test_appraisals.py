"""The appraisal of a quarter: locked once, never edited after, its points counted again."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import case_town
import peopled_town
import pytest
from case_town import NOW, TOWN, report, resolved, step
from peopled_town import Viewer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridsvc.accounts.rules import Role, Scope
from gridsvc.appraisals import queries, self_rating, services
from gridsvc.appraisals.models import PanelTally, PointEntry
from gridsvc.appraisals.rules import DEFAULT, PointKind, Rater, Source, Tally
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, Conflict, NotAllowed

#: The quarter runs from 26 June to 25 September; this is the morning after.
OVER = datetime(2026, 9, 26, 0, 30, tzinfo=UTC)
GOOD = Tally(5, 5, 4, 340)
ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def people(session):
    case_town.build(session)
    return case_town.cast(session)


@pytest.fixture
def quarter(session, people):
    return services.open_quarter(session, TOWN, NOW.date(), people.street, NOW)


def team(session, code="T1") -> int:
    return case_town.team_id(session, code)


def panel(session, half: date, unhappy: int, code="T1") -> PanelTally:
    return PanelTally(
        team_id=team(session, code), starts_on=half, households=120, asked=9, reached=9,
        satisfied=9 - unhappy, fairly=0, unsatisfied=unhappy,
    )  # fmt: skip


def test_a_quarter_is_opened_once_and_lists_every_grid_team(session, people, quarter):
    assert services.open_quarter(session, TOWN, NOW.date(), people.street, OVER) is quarter
    assert (quarter.starts_on, quarter.ends_on) == (date(2026, 6, 26), date(2026, 9, 26))
    lines = queries.sheet(session, quarter, Scope((TOWN,)), NOW.date())
    assert [one.team.code for one in lines] == ["T1", "T2", "T3", "T4"]
    assert all(one.result.total is None for one in lines)


def test_a_tally_can_be_mended_until_the_quarter_is_locked(session, people, quarter):
    put = (session, quarter, team(session), Rater.COMMITTEE)
    services.put_tally(*put, GOOD, people.community, NOW.date())
    services.put_tally(*put, Tally(5, 5, 5, 400), people.community, NOW.date())
    line = queries.sheet(session, quarter, Scope((TOWN,)), NOW.date())[0]
    assert line.result.marks[Source.COMMUNITY] == line.result.total == 80.0
    services.lock(session, quarter, people.street, OVER)
    with pytest.raises(Conflict, match="locked"):
        services.put_tally(*put, GOOD, people.community, NOW.date())
    for statement in (
        "update gridsvc.appraisal_tally set points = 0",
        "delete from gridsvc.appraisal_tally",
        "insert into gridsvc.appraisal_tally select appraisal_id, team_id, 'street', 1, 1, 1, 9"
        " from gridsvc.appraisal_tally",
        "update gridsvc.appraisal set locked_at = null",
    ):
        with pytest.raises(DBAPIError, match="locked"), session.begin_nested():
            session.execute(text(statement))


def test_a_quarter_is_locked_when_it_is_over_once_and_by_its_office(session, people, quarter):
    with pytest.raises(Conflict, match="2026-09-25"):
        services.lock(session, quarter, people.street, NOW)
    with pytest.raises(NotAllowed):
        services.lock(session, quarter, people.community, OVER)
    services.lock(session, quarter, people.street, OVER)
    with pytest.raises(Conflict, match="locked at"):
        services.lock(session, quarter, people.street, OVER)


def test_points_are_booked_from_the_records_and_counted_again_they_are_the_same(
    session, people, quarter
):
    case = resolved(session, report(session, people.reporter).incident, people)
    step(session, case, "verify", people.community)
    step(session, case, "feed_back", people.community, note="told")
    step(session, case, "close", people.community)
    step(session, case, "rate", people.reporter, rating=3)
    report(session, people.reporter)
    services.lock(session, quarter, people.street, OVER)
    ledger = queries.entries(session, team(session))
    booked = {one.kind: (one.count, one.points) for one in ledger}
    assert booked == {PointKind.IN_TIME: (1, 2), PointKind.ROUND: (0, 0),
                      PointKind.SATISFIED: (1, 3)}  # fmt: skip
    again = services.counted(session, quarter, OVER - timedelta(minutes=2))
    scheme = queries.scheme_of(queries.scheme_row(session, TOWN))
    sums = {n: sum(c * scheme.points[k] for k, c in counts.items()) for n, counts in again.items()}
    assert sums == queries.totals(session, list(again)) and sums[team(session)] == 5
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text("update gridsvc.point_entry set points = 99"))
    taps = services.satisfaction(session, quarter, Scope((TOWN,)), OVER)
    assert (taps.asked, taps.reached, taps.answered, taps.share) == (1, 1, 1, 1.0)


def test_a_new_scheme_holds_for_the_next_quarter_and_the_old_one_is_kept(session, people, quarter):
    more = replace(DEFAULT, points=dict(DEFAULT.points) | {PointKind.ROUND: 5})
    made = services.change_scheme(session, TOWN, more, "rounds count more", people.street)
    following = services.open_quarter(session, TOWN, OVER.date(), people.street, OVER)
    assert quarter.scheme_id != following.scheme_id == made.id
    assert [one.id for one in queries.schemes(session, TOWN)] == [made.id, quarter.scheme_id]
    bad = replace(DEFAULT, weights=dict(DEFAULT.weights) | {Source.SELF: 99})
    with pytest.raises(BadInput):
        services.change_scheme(session, TOWN, bad, "x", people.street)


def test_two_half_years_not_satisfied_in_a_row_flag_a_team(session, people, quarter):
    def flagged() -> bool:
        lines = queries.sheet(session, quarter, Scope((TOWN,)), NOW.date())
        return lines[0].flagged

    today = NOW.date()
    services.put_panel(session, quarter, panel(session, date(2026, 6, 26), 6), people.street, today)
    assert not flagged()
    long_ago = panel(session, date(2025, 6, 26), 6)
    services.put_panel(session, quarter, long_ago, people.street, today)
    assert not flagged(), "a half-year lies between"
    between = panel(session, date(2025, 12, 26), 6)
    services.put_panel(session, quarter, between, people.street, today)
    assert flagged()
    with pytest.raises(Conflict):
        services.put_panel(
            session, quarter, panel(session, date(2025, 12, 26), 0), people.street, today
        )


def test_nobody_marks_a_team_of_another_area(session, people, quarter):
    other = case_town.account(session, "elsewhere", Role.COMMUNITY_STAFF, f"{TOWN}002")
    with pytest.raises(NotAllowed):
        services.put_tally(
            session, quarter, team(session), Rater.COMMITTEE, GOOD, other, NOW.date()
        )
    with pytest.raises(BadInput):
        services.put_tally(
            session, quarter, team(session), Rater.COMMITTEE, Tally(1, 2, 3, 0), people.community,
            NOW.date(),
        )  # fmt: skip


def test_of_two_who_lock_at_once_one_does(fresh_database):
    engine = make_engine(fresh_database, pool_size=4)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        case_town.build(session)
        number = services.open_quarter(session, TOWN, NOW.date(), None, NOW).id
    told, gate = [], threading.Barrier(2)

    def clerk() -> None:
        with sessions() as session:
            quarter = queries.appraisal(session, number)
            gate.wait()
            try:
                services.lock(session, quarter, None, OVER)
                session.commit()
                told.append("locked")
            except Conflict:
                told.append("told")

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for one in clerks:
        one.start()
    for one in clerks:
        one.join()
    assert sorted(told) == ["locked", "told"]
    with sessions() as session:
        assert session.query(PointEntry).count() == 4 * len(PointKind)
    engine.dispose()


def test_a_teams_own_mark_is_its_leaders_alone(session, people, quarter):
    mine, today = team(session), NOW.date()
    scope = people.leader.scope
    assert [one.mark for one in self_rating.own_quarters(session, scope, today)] == [None]
    self_rating.rate_own_team(session, quarter, mine, 88, people.leader, today)
    own = self_rating.own_quarters(session, scope, today)[0]
    assert (own.mark, own.result.marks[Source.SELF], own.team.id) == (88.0, 88.0, mine)
    with pytest.raises(NotAllowed):
        self_rating.rate_own_team(session, quarter, team(session, "T2"), 99, people.leader, today)
    for rater, user in ((Rater.TEAM, people.street), (Rater.STREET, people.leader)):
        with pytest.raises(NotAllowed):
            services.put_tally(session, quarter, mine, rater, GOOD, user, today)
    with pytest.raises(BadInput):
        self_rating.rate_own_team(session, quarter, mine, 101, people.leader, today)
    services.lock(session, quarter, people.street, OVER)
    with pytest.raises(Conflict, match="locked"):
        self_rating.rate_own_team(session, quarter, mine, 99, people.leader, today)


class Desk(Viewer):
    def send(self, path: str, **form: Any):
        return self._client.post(path, data=form, headers={**self._headers, **ENGLISH})

    def page(self, path: str) -> str:
        answer = self.get(path, **ENGLISH)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)


def test_the_pages_take_a_tally_show_what_is_missing_and_refuse_after_the_lock(
    session, database, people, quarter, monkeypatch
):
    monkeypatch.setattr("gridsvc.edge.now", lambda: OVER)
    app = peopled_town.app_in(session, replace(database, language="en"))
    street = Desk(app, session, Role.STREET_STAFF, TOWN)
    own = f"/appraisals/{quarter.id}/teams/{team(session)}"
    sent = {"rater": "committee", "asked": "5", "reached": "5", "answered": "5", "points": "400"}
    assert street.send(own, **sent).status_code == 303
    shown = street.page(own)
    assert "80.0" in shown and "missing: Public rating" in shown
    assert street.send(own, **sent | {"answered": "6"}).status_code == 400
    half = {"asked": "9", "reached": "9", "satisfied": "1", "fairly": "0", "unsatisfied": "8"}
    assert street.send(f"{own}/panel", **half).status_code == 303
    assert street.send(f"{own}/panel", **half).status_code == 409
    assert "0 / 4" in street.page("/appraisals")
    assert street.send(own, **sent | {"rater": "team"}).status_code == 403
    leader = Desk(app, session, Role.LEADER, case_town.GRID)
    mark = {"quarter": quarter.id, "team": team(session), "mark": "88"}
    assert "missing" in leader.page("/self-rating")
    assert leader.send("/self-rating", **mark).status_code == 303
    assert 'value="88"' in leader.page("/self-rating") and "88.0" in street.page(own)
    assert leader.send("/self-rating", **mark | {"mark": "101"}).status_code == 400
    assert street.send(f"/appraisals/{quarter.id}/lock").status_code == 303
    assert street.send(f"/appraisals/{quarter.id}/lock").status_code == 409
    assert leader.send("/self-rating", **mark).status_code == 409
    late = street.send(own, **sent)
    assert late.status_code == 409 and "locked already" in late.get_data(as_text=True)
    elsewhere = Desk(app, session, Role.COMMUNITY_STAFF, f"{TOWN}002")
    assert elsewhere.get(own, **ENGLISH).status_code == 404
