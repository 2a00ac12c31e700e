"""A team's grids go to another team from a day on; open cases go along, each once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import peopled_town
import pytest
import toy_town
from peopled_town import TODAY, TOWN
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Scope
from gridsvc.accounts.services import add_user
from gridsvc.errors import RuleViolation
from gridsvc.incidents.handling.team_change import hand_over_due
from gridsvc.incidents.models import CoHandler, Incident, IncidentEvent
from gridsvc.incidents.rules import Status
from gridsvc.notices.models import Notice
from gridsvc.staffing.assigning import Wish, assign, hand_over
from gridsvc.staffing.models import GridHandover, Team, TeamAssignment
from gridsvc.staffing.queries import team_of

HERE, NOW = Scope((TOWN,)), peopled_town.NOW
GRID, DAY = toy_town.code(1, 1), TODAY + timedelta(2)
ON_THE_DAY = NOW + timedelta(2)
PAGE = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def town(session):
    peopled_town.build(session)
    add_user(session, username="clerk", role=Role.STREET_STAFF, password="x" * 12 + "y1z2",
             prefixes=[TOWN])  # fmt: skip
    for case in session.query(Incident).filter_by(grid_code=GRID):
        case.team_id = team(session, "T1").id
    session.flush()
    return session


def team(session, code: str) -> Team:
    return session.query(Team).filter_by(code=code).one()


def clerk(session) -> UserAccount:
    return session.query(UserAccount).filter_by(username="clerk").one()


def order(session, old: str = "T1", new: str = "T2", on: date = DAY, scope: Scope = HERE):
    return hand_over(
        session, team(session, old), team(session, new), on,
        scope=scope, by=clerk(session), now=NOW, today=TODAY,
    )  # fmt: skip


def work(session, now: datetime = ON_THE_DAY) -> int:
    factory = sessionmaker(session.connection(), join_transaction_mode="create_savepoint")
    done = hand_over_due(factory, now)
    session.expire_all()
    return done


def leads(session) -> set[int | None]:
    return set(session.scalars(select(Incident.team_id).where(Incident.grid_code == GRID)))


def test_nothing_changes_before_the_day_and_everything_on_it_once(town):
    assert order(town) == [GRID]
    old, new = team(town, "T1").id, team(town, "T2").id
    assert team_of(town, GRID, DAY - timedelta(1)).id == old
    assert team_of(town, GRID, DAY).id == new
    assert work(town, NOW) == 0 and leads(town) == {old}
    assert work(town) == 7 and leads(town) == {new}
    assert work(town) == 0
    steps = town.query(IncidentEvent).filter_by(action="change_team").all()
    assert len(steps) == 7 and {one.detail["from_team_id"] for one in steps} == {old}
    assert town.query(GridHandover).one().cases == 7


def test_it_runs_for_three_years_and_leaves_other_grids_alone(town):
    order(town)
    made = town.query(TeamAssignment).filter_by(grid_code=GRID).order_by("valid_from").all()
    assert [(one.valid_from, one.valid_to) for one in made] == [
        (peopled_town.SINCE, DAY), (DAY, date(2029, 9, 18)),
    ]  # fmt: skip
    assert team_of(town, toy_town.code(1, 2), DAY).code == "T2"
    work(town)
    others = select(Incident.team_id).where(Incident.grid_code != GRID)
    assert set(town.scalars(others)) == {None}


def test_what_a_third_team_has_stays_there_and_who_had_claimed_helps(town):
    cases = town.query(Incident).filter_by(grid_code=GRID).order_by(Incident.id).all()
    cases[0].team_id = team(town, "T3").id
    cases[1].status = Status.CLAIMED
    town.flush()
    order(town)
    assert work(town) == 6
    assert town.get(Incident, cases[0].id).team_id == team(town, "T3").id
    helpers = town.query(CoHandler).all()
    assert [(one.incident_id, one.team_id) for one in helpers] == [
        (cases[1].id, team(town, "T1").id)
    ]


def test_a_later_order_takes_back_what_was_to_come(town):
    order(town)
    order(town, "T2", "T3")
    assert team_of(town, GRID, DAY).code == "T3"
    assert work(town) == 7 and leads(town) == {team(town, "T3").id}


def test_a_service_that_slept_over_two_orders_lets_the_cases_go_twice(town):
    order(town)
    order(town, "T2", "T3", on=DAY + timedelta(3))
    assert work(town, NOW + timedelta(9)) == 7 + 7
    assert leads(town) == {team(town, "T3").id}


def test_an_order_that_is_taken_back_moves_nothing(town):
    order(town)
    assign(town, [Wish(GRID, "team", team(town, "T1").id, DAY, None)], clerk(town), NOW)
    assert work(town) == 0 and leads(town) == {team(town, "T1").id}


def test_cases_without_a_team_go_to_the_first_team_of_a_grid(town):
    code = toy_town.code(2, 1)
    wish = Wish(code, "team", team(town, "T1").id, TODAY, None)
    assert assign(town, [wish], clerk(town), NOW) == 1
    assert assign(town, [wish], clerk(town), NOW) == 0
    assert work(town, NOW) == 16


def test_the_new_team_is_told_how_many_came(town):
    add_user(town, username="newlead", role=Role.LEADER, password="x" * 12 + "y1z2",
             prefixes=[GRID])  # fmt: skip
    order(town)
    work(town)
    told = town.query(Notice).filter_by(topic="team_changed").all()
    assert [one.params["cases"] for one in told] == [7]


@pytest.mark.parametrize(("change", "reason"), [
    ({"new": "T1"}, "same_team"),
    ({"on": TODAY - timedelta(1)}, "past_day"),
    ({"scope": Scope((toy_town.code(1, 2),))}, "outside"),
])  # fmt: skip
def test_an_order_that_cannot_be_is_refused_and_nothing_written(town, change, reason):
    with pytest.raises(RuleViolation) as refusal:
        order(town, **change)
    assert refusal.value.reason == reason
    assert town.query(GridHandover).count() == 0


def test_a_team_that_is_dissolved_by_then_takes_nothing_over(town):
    team(town, "T2").valid_to = DAY
    town.flush()
    with pytest.raises(RuleViolation) as refusal:
        order(town)
    assert refusal.value.reason == "not_in_service"


class Form(peopled_town.Viewer):
    """A signed-in client that can send a form."""

    def post(self, path: str, sent: dict[str, str]):
        return self._client.post(path, data=sent, headers={**self._headers, **PAGE})


@pytest.fixture
def street(town, settings, monkeypatch):
    monkeypatch.setattr("gridsvc.edge.now", lambda: NOW)
    app = peopled_town.app_in(town, settings)
    return Form(app, town, Role.STREET_STAFF, TOWN)


def test_the_page_shows_what_goes_along_then_orders_it(town, street):
    chosen = {"old": "T1", "new": "T2", "on": DAY.isoformat()}
    page = street.get(f"/staff/hand-over?old=T1&new=T2&on={DAY}", **PAGE).get_data(as_text=True)
    assert "1 grid" in page and "with 7 open cases today" in page
    answer = street.post("/staff/hand-over", chosen)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert work(town) == 7
    page = street.get("/staff/hand-over", **PAGE).get_data(as_text=True)
    assert '<td class="n">1</td><td class="n">7</td>' in page


def test_the_page_says_why_an_order_cannot_be(street):
    chosen = {"old": "T1", "new": "T1", "on": DAY.isoformat()}
    answer = street.post("/staff/hand-over", chosen)
    assert answer.status_code == 400
    assert "Choose two different teams." in answer.get_data(as_text=True)
