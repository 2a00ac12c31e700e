"""Area projects: from cases to work done, each step kept, read as of any day."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import case_town
import peopled_town
import pytest
import toy_town
from case_town import GRID, HERE, NOW, TOWN, account, report, sight_of
from peopled_town import Viewer
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Scope, Sight
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, Conflict, NotAllowed, NotFound
from gridsvc.projects import queries, services
from gridsvc.projects.models import AreaProject, AreaProjectStep
from gridsvc.projects.rules import Move, Stage
from gridsvc.projects.services import Proposal
from gridsvc.reports.rules.periods import PeriodKind, period_of

TODAY = NOW.date()
COMMUNITY = GRID[:12]
SPAN = (TODAY, TODAY + timedelta(10))
HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def people(session):
    case_town.build(session)
    return case_town.cast(session)


def proposal(**more) -> Proposal:
    return replace(Proposal(COMMUNITY, "路灯改造", "更换路灯", place=HERE), **more)


def enter(session, people, today: date = TODAY, **more) -> int:
    user = people.community
    return services.propose(session, proposal(**more), user, sight_of(user), today).id


def go(session, user, number: int, seen: int, to: Stage, on: date = TODAY, note: str = "x"):
    wanted = Move(to, on, SPAN if to is Stage.PLANNED else None, note)
    return services.move(session, number, seen, wanted, user, TODAY)


def test_a_project_is_planned_done_and_read_as_it_stood_on_any_day(session, people):
    number = enter(session, people, TODAY - timedelta(9))
    days = [TODAY - timedelta(n) for n in (6, 3, 0)]
    stages = (Stage.PLANNED, Stage.UNDER_WAY, Stage.DONE)
    for seen, (stage, day) in enumerate(zip(stages, days, strict=True), start=1):
        go(session, people.street, number, seen, stage, day)
    sight = sight_of(people.street)
    stood = [queries.project(session, sight, number, day) for day in days]
    assert [one.last.stage for one in stood] == list(stages)
    assert stood[0].reached(Stage.DONE) is None and stood[2].reached(Stage.PLANNED) == days[0]
    with pytest.raises(NotFound):
        queries.project(session, sight, number, TODAY - timedelta(10))
    quarter = period_of(PeriodKind.QUARTER, TODAY)
    assert queries.by_period(stood[2:], [quarter])[0][1].in_time == 1
    told = queries.tellers(session, stood[2].steps)
    assert set(told.values()) == {"community1", "street1"}


def test_steps_and_words_of_a_project_are_never_rewritten(session, people):
    number = enter(session, people)
    for change in (
        update(AreaProject).values(title="x"),
        update(AreaProjectStep).values(note="x"),
        delete(AreaProjectStep),
    ):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(change)
    assert queries.project(session, sight_of(people.street), number, TODAY).last.number == 1


def test_many_cases_lead_to_one_project_and_none_to_two(session, people):
    cases = [report(session, people.reporter).incident.id for _ in range(3)]
    number = enter(session, people, cases=cases[:2])
    other = enter(session, people)
    street, sight = people.street, sight_of(people.street)
    services.link(session, number, cases[2], street, sight)
    services.link(session, number, cases[2], street, sight)
    assert [one.id for one in queries.cases_of(session, sight, number)] == cases
    with pytest.raises(Conflict):
        services.link(session, other, cases[0], street, sight)
    services.unlink(session, number, cases[0], street, sight)
    services.link(session, other, cases[0], street, sight)
    assert queries.project_of(session, cases[0]) == other
    assert queries.project(session, sight, number, TODAY).cases == cases[1:]


def test_a_place_must_lie_in_the_area_and_words_name_no_person(session, people):
    user, sight = people.community, sight_of(people.community)
    for wrong, kind in (
        (proposal(title=" "), BadInput),
        (proposal(work="请打13812345678"), BadInput),
        (proposal(place=None), BadInput),
        (proposal(grid_codes=[GRID]), BadInput),
        (proposal(place=toy_town.position(0.5, 0.5)), BadInput),
        (proposal(place=None, grid_codes=[toy_town.code(2, 1)]), BadInput),
        (proposal(division_code=TOWN), NotAllowed),
        (proposal(cases=[999_999]), NotFound),
    ):
        with pytest.raises(kind):
            services.propose(session, wrong, user, sight, TODAY)


def test_the_public_sees_what_is_planned_and_no_case(session, people):
    case = report(session, people.reporter).incident.id
    number = enter(session, people, cases=[case], place=None, grid_codes=[GRID])
    public = Sight(public=Scope((COMMUNITY,)))
    elsewhere = account(session, "elsewhere", Role.COMMUNITY_STAFF, f"{TOWN}002")
    assert queries.standing(session, public, TODAY) == []
    go(session, people.community, number, 1, Stage.PLANNED)
    (one,) = queries.standing(session, public, TODAY)
    assert (one.cases, len(one.places), one.grid_codes) == ([], 1, [GRID])
    assert queries.standing(session, sight_of(people.leader), TODAY)[0].cases == [case]
    assert queries.standing(session, sight_of(elsewhere), TODAY) == []
    assert queries.standing(session, public, TODAY, f"{TOWN}002") == []
    with pytest.raises(NotFound):
        go(session, elsewhere, number, 2, Stage.UNDER_WAY)


def test_of_two_who_move_a_project_at_once_one_wins(fresh_database):
    engine = make_engine(fresh_database, pool_size=4)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        case_town.build(session)
        number = enter(session, case_town.cast(session))
    gate, told = threading.Barrier(2), []

    def reach(name: str) -> None:
        with sessions() as session:
            user = session.scalars(select(UserAccount).filter_by(username=name)).one()
            session.execute(text("select 1"))
            gate.wait()
            try:
                go(session, user, number, 1, Stage.PLANNED)
                session.commit()
                told.append("won")
            except Conflict as refusal:
                session.rollback()
                told.append(refusal.reason)

    hands = [threading.Thread(target=reach, args=(name,)) for name in ("street1", "community1")]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert sorted(told) == ["project_moved_on", "won"]
    with sessions() as session:
        assert len(session.scalars(select(AreaProjectStep)).all()) == 2
    engine.dispose()


class Desk(Viewer):
    def send(self, path: str, **form):
        return self._client.post(path, data=form, headers={**self._headers, **HTML})

    def page(self, path: str) -> str:
        answer = self.get(path, **HTML)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)


def test_the_office_leads_a_project_through_its_pages(session, database, people, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: NOW)
    case = report(session, people.reporter).incident.id
    app = peopled_town.app_in(session, replace(database, language="en"))
    street, leader = (
        Desk(app, session, Role.STREET_STAFF, TOWN), Desk(app, session, Role.LEADER, GRID)
    )  # fmt: skip
    form = street.page(f"/projects/new?case={case}")
    assert f'value="{HERE[0]:.7f}"' in form and f'value="{COMMUNITY}"' in form
    sent = {"in": COMMUNITY, "title": "Lamps <b>", "work": "New lamps", "case": case}
    assert street.send("/projects", **sent).status_code == 400
    made = street.send("/projects", **sent, lon=HERE[0], lat=HERE[1])
    assert made.status_code == 303
    path = made.headers["Location"]
    assert street.get(f"/projects/new?case={case}", **HTML).headers["Location"] == path
    step = {"seen": 1, "to": "planned", "reached_on": TODAY, "planned_from": TODAY}
    assert street.send(f"{path}/steps", **step).status_code == 400
    assert street.send(f"{path}/steps", **step, planned_until=TODAY).status_code == 303
    assert street.send(f"{path}/steps", **step, planned_until=TODAY).status_code == 409
    shown = street.page(path)
    assert f"/work/{case}" in shown and "Lamps &lt;b&gt;" in shown
    assert "/steps" not in leader.page(path) and f"/work/{case}" in leader.page(path)
    admin = Desk(app, session, Role.ADMIN, TOWN)
    assert "Lamps &lt;b&gt;" in admin.page(path) and f"/work/{case}" not in admin.page(path)
    assert "Lamps &lt;b&gt;" in leader.page("/projects?stage=planned")
    assert "There is no project here" in leader.page("/projects?stage=done")
    for seen, to in ((2, "under_way"), (3, "done")):
        sent = {"seen": seen, "to": to, "reached_on": TODAY}
        assert street.send(f"{path}/steps", **sent).status_code == 303
    assert f"<td><time>{TODAY}</time></td>" in leader.page("/projects?stage=done")
    answer = street.get("/api/v1/projects").get_json()["items"][0]
    for path in ("/api/v1/projects", f"/api/v1/projects/{answer['id']}"):
        told = admin.get(path).get_json()  # as its page: no case for who may read none
        assert told.get("items", [told])[0]["cases"] == []
    assert (answer["stage"], answer["cases"], len(answer["steps"])) == ("done", [case], 4)
