"""Campaigns over real rounds: what counts, what is refused, and what pages and interface say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import peopled_town
import pytest
import toy_town
from peopled_town import NOW, TODAY, TOWN, Viewer, app_in
from sqlalchemy import text
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.accounts import services as accounts
from gridsvc.accounts.rules import Role
from gridsvc.calendars.festivals import add_festival
from gridsvc.campaigns import services
from gridsvc.campaigns.queries import by_grid, campaigns, frame_of, reached, rounds_of
from gridsvc.campaigns.rules import Measure, counts_for
from gridsvc.campaigns.services import Wanted
from gridsvc.errors import BadInput, NotAllowed, NotFound, RuleViolation
from gridsvc.visits.models import Visit

PAGE = {"Accept": "text/html", "Accept-Language": "en"}
ONE, TWO = toy_town.code(1, 1), toy_town.code(1, 2)
WANTED = Wanted(
    "n", "p", None, TODAY - timedelta(6), TODAY + timedelta(7), Measure.DWELLINGS, 100,
    (f"{TOWN}001",),
)  # fmt: skip


@pytest.fixture
def town(session: Session) -> Session:
    peopled_town.build(session)
    session.execute(text("update gridsvc.visit set recorded_at = visited_on + time '04:00'"))
    return session


@pytest.fixture
def clerk(town: Session):
    return accounts.add_user(
        town, username="clerk", role=Role.STREET_STAFF, password="correct horse", prefixes=[TOWN]
    )


def planned(session: Session, clerk, **changes):
    return services.plan(session, replace(WANTED, **changes), clerk)


def test_a_dwelling_counts_once_where_and_when_it_was_reached_first(town, clerk) -> None:
    frame = frame_of(town, planned(town, clerk))
    rows = reached(town, frame, NOW)
    told = {(row.code, TODAY - row.day): (row.rounds, row.reached) for row in rows.itertuples()}
    three, two = timedelta(3), timedelta(2)
    # dwelling 3 of the second round was reached by the first; 001 002 names no building
    assert told == {(ONE, three): (1, 3), (ONE, two): (1, 1), (TWO, three): (1, 5)}
    grids = by_grid(town, frame, rows, TODAY)
    assert grids["reached"].sum() == 9 and grids["rounds"].sum() == 3
    assert list(grids.index) == [toy_town.code(1, n) for n in range(1, 7)]


def test_the_topic_and_the_instant_say_which_rounds_count_as_the_rule_does(town, clerk) -> None:
    town.execute(
        text("""update gridsvc.visit set topics = '{"parking": 2}' where visited_on = :day"""),
        {"day": TODAY - timedelta(2)},
    )
    frame = frame_of(town, planned(town, clerk, topic="parking"))
    rows = reached(town, frame, NOW)
    assert (rows["rounds"].sum(), rows["reached"].sum()) == (1, 2)
    town.expire_all()
    seen = rounds_of(town, frame, ONE, NOW, limit=9)
    assert [counts_for(frame, v.grid_code, v.visited_on, v.topics) for v in seen] == [True, False]
    assert reached(town, frame, NOW - timedelta(3)).empty


def test_grids_that_a_redrawing_made_of_a_named_one_take_part_from_their_day(town, clerk) -> None:
    made = planned(town, clerk, prefixes=(ONE,), goal=50)
    town.execute(
        text(
            "with p as (insert into gridsvc.publication (kind, scope_code, effective_on,"
            " restores_on, published_at, published_by_id, grids_before, grids_after, households,"
            " proof, seen) values ('rollback', :town, :day, :before, now(), :who, 9, 9, 1, '{}',"
            " '{}') returning id)"
            " insert into gridsvc.grid_lineage (publication_id, from_code, to_code,"
            " from_boundary_id, to_boundary_id, kind, households, area_m2, estimated)"
            " select p.id, :one, :two, a.id, b.id, 'shifted', 1, 1, false from p,"
            " gridsvc.grid_boundary a, gridsvc.grid_boundary b"
            " where a.grid_code = :one and b.grid_code = :two"
        ),
        {
            "town": TOWN,
            "day": TODAY - timedelta(4),
            "before": TODAY - timedelta(5),
            "who": clerk.id,
            "one": ONE,
            "two": TWO,
        },
    )
    rows = reached(town, frame_of(town, made), NOW)
    assert set(rows["code"]) == {ONE, TWO}


@pytest.mark.parametrize(
    ("changes", "kind", "reason"),
    [
        ({"name": " "}, BadInput, "campaign_words"),
        ({"topic": "gossip"}, BadInput, "campaign_topic"),
        ({"ends_on": TODAY - timedelta(7)}, BadInput, "campaign_days"),
        ({"ends_on": TODAY + timedelta(361)}, BadInput, "campaign_days"),
        ({"goal": 0}, BadInput, "campaign_goal"),
        ({"goal": 1171}, RuleViolation, "campaign_goal_above"),
        ({"prefixes": ()}, BadInput, "campaign_no_area"),
        ({"prefixes": ("520303",)}, NotAllowed, "campaign_area"),
        ({"prefixes": (f"{TOWN}777",)}, NotAllowed, "campaign_area"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_what_to_change(
    town, clerk, changes, kind, reason
) -> None:
    with pytest.raises(kind) as refused:
        planned(town, clerk, **changes)
    assert refused.value.reason == reason


def test_a_campaign_is_changed_while_it_runs_and_stands_once_it_ended(town, clerk) -> None:
    made = planned(town, clerk)
    services.change(town, made.id, replace(WANTED, goal=7, prefixes=(ONE, TWO)), clerk, TODAY)
    assert (made.goal, made.prefixes, made.division_code) == (7, (ONE, TWO), f"{TOWN}001")
    services.end(town, made.id, clerk, TODAY, NOW)
    assert made.ends_on == TODAY
    with pytest.raises(RuleViolation):
        services.end(town, made.id, clerk, TODAY, NOW)
    leader = accounts.add_user(
        town, username="other", role=Role.STREET_STAFF, password="correct horse", prefixes=[ONE]
    )
    with pytest.raises(NotFound):
        services.change(town, made.id, WANTED, leader, TODAY)
    assert campaigns(town, leader.scope, on=TODAY) == [made]
    assert campaigns(town, leader.scope, on=TODAY + timedelta(1)) == []
    coming = planned(town, clerk, starts_on=TODAY + timedelta(1))
    assert campaigns(town, leader.scope, on=coming.starts_on) == [coming]
    services.end(town, coming.id, clerk, TODAY, NOW)
    assert campaigns(town, leader.scope, on=coming.starts_on) == []


def test_pages_and_interface_tell_the_same_and_a_leader_sees_the_own_grids(
    town, clerk, database, monkeypatch
) -> None:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    made = planned(town, clerk, goal=36, topic=None)
    app = app_in(town, database)
    street = Viewer(app, town, Role.STREET_STAFF, TOWN)
    whole = street.get(f"/api/v1/campaigns/{made.id}").json
    assert (whole["so_far"], whole["even"]) == (9, 18.0)
    assert [one["so_far"] for one in whole["burn_up"]][:8] == [0, 0, 0, 8, 9, 9, 9, None]
    assert sum(one["reached"] for one in whole["grids"]) == 9
    assert street.get("/api/v1/campaigns?limit=1").json["items"][0]["id"] == made.id
    page = street.get(f"/campaigns/{made.id}", **PAGE).text
    assert "9 / 36" in page and 'data-value="8"' in page and "even pace would stand at 18" in page
    assert "1 / 1" in street.get("/campaigns", **PAGE).text
    lines = street.get(f"/campaigns/{made.id}/grids/{ONE}", **PAGE).text
    assert "2026-09-14" in lines and "2026-09-13" in lines
    leader = Viewer(app, town, Role.LEADER, TWO)
    assert [one["code"] for one in leader.get(f"/api/v1/campaigns/{made.id}").json["grids"]] == [
        TWO
    ]
    assert leader.get(f"/campaigns/{made.id}/grids/{ONE}").status_code == 404
    [told, *_] = leader.get("/report/rounds").json["occasions"]
    assert told["grids"] == [f"{TOWN}001"] and "2026-09-23" in told["text"]


def test_the_refusal_of_a_day_names_its_field(town, clerk, database) -> None:
    street = Viewer(app_in(town, database), town, Role.STREET_STAFF, TOWN)
    for given, told in (("", "Last day: choose a date."), ("x", "Last day: “x” is no date")):
        form = {"name": "x", "starts_on": "2026-09-16", "ends_on": given}
        answer = street._client.post("/campaigns", data=form, headers=street._headers | PAGE)
        assert answer.status_code == 422 and told in answer.text


def test_an_office_keeps_festivals_of_its_own_and_plans_from_them(
    town, clerk, database, monkeypatch
) -> None:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    add_festival(town, TOWN, date(2026, 10, 9), "古镇庙会", "Fair", clerk)
    with pytest.raises(NotAllowed):
        add_festival(town, "520303", date(2026, 10, 9), "x", "", clerk)
    app = app_in(town, database)
    street = Viewer(app, town, Role.STREET_STAFF, TOWN)
    page = street.get("/festivals", **PAGE).text
    assert page.index("Mid-Autumn") < page.index("National Day") < page.index("Fair")
    sheet = street.get("/campaigns/new?festival=2026-10-09&before=14&days=14", **PAGE).text
    assert 'value="2026-09-25"' in sheet and 'value="2026-10-08"' in sheet
    made = planned(town, clerk, starts_on=date(2026, 9, 25), ends_on=date(2026, 10, 8),
                   festival_on=date(2026, 10, 9))  # fmt: skip
    shown = street.get(f"/campaigns/{made.id}", **PAGE).text
    assert "from 2 weeks before Fair, 2026-10-09" in shown
    assert town.query(Visit).count() == 4
