"""Contact zones: nobody left over, kept where they are right, made anew where grids change."""

from __future__ import annotations

from contextlib import closing

import peopled_town
import pytest
import redrawn_town
import toy_town
from geoalchemy2.shape import from_shape
from peopled_town import NOW, TODAY, TOWN
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from gridsvc.accounts import services as accounts
from gridsvc.accounts.rules import Role, Scope
from gridsvc.errors import Conflict, NotFound, RuleViolation
from gridsvc.grids.models import GridBoundary
from gridsvc.reports.check import check
from gridsvc.zones import contacts, orders, services
from gridsvc.zones.bulk import Tally, grids_to_zone, make_zones
from gridsvc.zones.models import ContactZone, ZoneRound
from gridsvc.zones.posts import contact_posts
from gridsvc.zones.proof import unproved
from gridsvc.zones.queries import parts_of, zones_by_grid, zones_on
from gridsvc.zones.rules import ContactState

HERE = Scope((TOWN,))
GRID, NEXT = toy_town.code(1, 1), toy_town.code(1, 4)  # 120 and 100 households, one below the other


@pytest.fixture
def town(session: Session) -> Session:
    peopled_town.build(session)
    return session


def renew(town: Session, code: str = GRID) -> services.Renewed:
    return services.renew(town, code, TODAY, by=None, now=NOW, today=TODAY)


def reading(town: Session, code: str = GRID) -> str:
    return zones_by_grid(town, HERE, TODAY).loc[code, "reading"]


def test_every_household_of_the_grid_is_in_one_zone(town) -> None:
    assert reading(town) == "none"
    done = renew(town)
    lines = zones_on(town, HERE, TODAY)
    assert (done.households, done.made, done.kept) == (120, len(lines), 0)
    assert sum(one.households for one in lines) == 120
    assert all(5 <= one.households <= 10 for one in lines)
    assert [one.code for one in lines[:2]] == [f"{GRID}-01", f"{GRID}-02"]
    doors = [part for parts in parts_of(town, [o.id for o in lines]).values() for part in parts]
    assert sum(part.last - part.first + 1 for part in doors) == 120
    assert unproved(town, TODAY) == []
    assert reading(town) == "complete"


def test_making_zones_again_changes_nothing(town) -> None:
    renew(town)
    contacts.share_out(town, GRID, TODAY, by=None, now=NOW)
    before = zones_on(town, HERE, TODAY)
    done = renew(town)
    assert (done.made, done.ended) == (0, 0)
    assert zones_on(town, HERE, TODAY) == before


def test_zones_are_shared_evenly_among_the_held_posts_of_the_team(town) -> None:
    renew(town)
    assert {one.state for one in zones_on(town, HERE, TODAY)} == {ContactState.NOBODY}
    contacts.share_out(town, GRID, TODAY, by=None, now=NOW)
    loads = [one.zones for one in contact_posts(town, GRID, TODAY) if one.post == "member"]
    assert max(loads) - min(loads) <= 1
    assert zones_on(town, HERE, TODAY, without=True) == []


def test_a_contact_whose_post_falls_vacant_or_whose_team_leaves_counts_no_more(town) -> None:
    renew(town)
    contacts.share_out(town, GRID, TODAY, by=None, now=NOW)
    first = zones_on(town, HERE, TODAY)[0]
    town.execute(text(f"delete from gridsvc.post_holding where post_id = {first.post_id}"))
    assert zones_on(town, HERE, TODAY)[0].state is ContactState.VACANT
    town.execute(text(f"delete from gridsvc.team_assignment where grid_code = '{GRID}'"))
    assert {one.state for one in zones_on(town, HERE, TODAY)} == {ContactState.ELSEWHERE}
    with pytest.raises(RuleViolation) as refused:
        zone = town.get(ContactZone, first.id)
        contacts.assign(town, zone, first.post_id, TODAY, by=None, now=NOW, today=TODAY)
    assert refused.value.reason == "foreign_post"


def test_a_redrawn_grid_has_its_zones_named_and_takes_over_those_that_are_still_right(town) -> None:
    for code in (GRID, NEXT):
        renew(town, code)
    both = toy_town.cell(0, 1, high=2)
    changed = town.query(GridBoundary).filter(GridBoundary.grid_code.in_([GRID, NEXT]))
    changed.update({"valid_to": TODAY})
    town.add(
        GridBoundary(
            grid_code=GRID, geom=from_shape(both, 4326), household_count=220, valid_from=TODAY
        )
    )
    town.flush()
    assert reading(town) == "redrawn"
    assert {one.grid_code for one in unproved(town, TODAY)} == {GRID, NEXT}
    told = [one.codes for one in check(town, TODAY) if one.kind == "zones_outdated"]
    assert told == [(GRID,), (NEXT,)]
    done = renew(town)
    assert (done.households, done.ended) == (220, done.made)
    assert done.kept > 0
    assert unproved(town, TODAY) == []
    assert reading(town) == "complete"


def test_a_stopped_run_leaves_whole_grids_and_goes_on(town) -> None:
    sessions = sessionmaker(town.connection(), join_transaction_mode="create_savepoint")
    codes = grids_to_zone(town, HERE, TODAY)
    tally = Tally()
    with closing(make_zones(sessions, codes, TODAY, NOW, TODAY, tally)) as run:
        next(run)
    assert town.query(ZoneRound).count() == 1
    assert unproved(town, TODAY) == []
    for _ in make_zones(sessions, codes, TODAY, NOW, TODAY, tally):
        pass
    whole = zones_by_grid(town, HERE, TODAY)
    assert whole["in_zones"].sum() == 1500
    # The one without households has no buildings where anybody lives.
    assert list(tally.left_out) == [toy_town.code(2, 2)]


@pytest.fixture
def street(town):
    return accounts.add_user(
        town, username="street", role=Role.STREET_STAFF, password="correct horse", prefixes=[TOWN]
    )


def test_a_trial_counts_what_the_order_then_makes_and_changes_nothing(town, street) -> None:
    sessions = sessionmaker(town.connection(), join_transaction_mode="create_savepoint")
    trial = orders.ask(town, HERE, trial=True, by=street, now=NOW)
    with pytest.raises(Conflict):
        orders.ask(town, HERE, trial=False, by=street, now=NOW)
    while orders.work_grid(sessions, NOW):
        pass
    counted = orders.totals(town, trial)
    assert (counted.done, counted.households, counted.left_over) == (trial.grids, 1500, 0)
    assert (counted.kept, counted.wrong, counted.waits) == (0, 0, False)
    assert [one.reason for one in orders.wanting(town, trial, 9)] == ["no_houses"]
    assert zones_on(town, HERE, TODAY) == []
    order = orders.ask(town, HERE, trial=False, by=street, now=NOW)
    while orders.work_grid(sessions, NOW):
        pass
    assert orders.totals(town, order) == counted
    assert len(zones_on(town, HERE, TODAY)) == counted.made
    assert len(zones_on(town, HERE, TODAY, without=True)) == counted.made - counted.given
    with pytest.raises(NotFound):
        orders.order_of(town, order.id, Scope((f"{TOWN}001",)))


def test_a_stopped_order_leaves_whole_grids_and_one_that_breaks_is_passed_over(
    town, street, monkeypatch
) -> None:
    sessions = sessionmaker(town.connection(), join_transaction_mode="create_savepoint")
    order = orders.ask(town, HERE, trial=False, by=street, now=NOW)
    monkeypatch.setattr(orders, "share_out", lambda *_, **__: 1 // 0)
    assert orders.work_grid(sessions, NOW)
    town.expire_all()
    assert [one.reason for one in orders.wanting(town, order, 9)] == [orders.FAULT]
    assert zones_on(town, HERE, TODAY) == []
    monkeypatch.undo()
    assert orders.work_grid(sessions, NOW)
    orders.stop(town, order, NOW)
    assert not orders.work_grid(sessions, NOW)
    told = orders.totals(town, order)
    assert (told.done, told.left_out, told.waits, order.stopped_at) == (2, 1, False, NOW)
    assert {one.grid_code for one in zones_on(town, HERE, TODAY)} == {toy_town.code(1, 2)}
    assert unproved(town, TODAY) == []


def test_a_grid_that_somebody_works_on_waits_for_its_turn(town, street, engine) -> None:
    sessions = sessionmaker(town.connection(), join_transaction_mode="create_savepoint")
    order = orders.ask(town, HERE, trial=False, by=street, now=NOW)
    town.execute(text("set local lock_timeout = '20ms'"))
    with engine.connect() as other:
        other.execute(text("lock table gridsvc.zone_round in exclusive mode"))
        assert not orders.work_grid(sessions, NOW)
    assert orders.totals(town, order).done == 0
    assert orders.work_grid(sessions, NOW)
    assert orders.totals(town, order).left_out == 0


def test_a_published_redrawing_names_the_grids_that_got_other_houses_alone(session) -> None:
    planner, street = redrawn_town.build(session)
    moved, gone = redrawn_town.EAST, redrawn_town.FAR_EAST
    for code in (GRID, NEXT, moved, gone):
        renew(session, code)
    redrawn_town.published(session, redrawn_town.split(session, planner), planner, street)
    # The new grid at the edge has no house, and the neighbour below got a corner.
    assert [reading(session, one) for one in (GRID, NEXT, moved)] == ["complete"] * 3
    assert reading(session, redrawn_town.NEW) == "none"
    redrawn_town.published(session, redrawn_town.merged(session, planner), planner, street)
    assert [reading(session, one) for one in (GRID, NEXT, moved)] == [*["complete"] * 2, "redrawn"]
    done = renew(session, moved)
    assert (done.households, done.ended) == (399, done.made)
    assert reading(session, moved) == "complete"
    assert unproved(session, TODAY) == []
