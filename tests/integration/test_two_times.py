"""A printed figure is had again, to the last digit, whatever is said later of the same days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import case_town
import peopled_town
import pytest
import redrawn_town
import toy_town
from peopled_town import TODAY, TOWN
from redrawn_town import EAST, FAR_EAST
from sqlalchemy import text

from gridsvc.accounts.rules import Scope
from gridsvc.grids.intake.report import ImportReport
from gridsvc.grids.intake.versions import write_grids
from gridsvc.grids.models import Building, GridBoundary
from gridsvc.grids.queries import grids_between
from gridsvc.grids.rules import GridKind
from gridsvc.grids.shapes import outlines
from gridsvc.grids.territory import refresh
from gridsvc.plans.publishing.decisions import review
from gridsvc.plans.publishing.decisions.conditions import Asked
from gridsvc.reports.case_facts import by_division, case_facts, counted_in
from gridsvc.reports.coverage import broken_communities, coverage_of, coverage_rows
from gridsvc.reports.ledgers import LedgerKind, ledger, sums
from gridsvc.reports.rules.periods import PeriodKind, period_of
from gridsvc.reports.staff_lines import staff_lines
from gridsvc.staffing.assigning import Wish, assign
from gridsvc.staffing.models import Team
from gridsvc.staffing.vacancies import vacancies, without_team

ZONE = ZoneInfo("Asia/Shanghai")
SUMMER = period_of(PeriodKind.QUARTER, date(2026, 8, 1))
#: When everything was recorded, when the quarter was printed, and a day before both was told anew.
RECORDED, PRINTED = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC)
BACK = date(2026, 8, 20)
HERE = Scope((TOWN,))
TABLES = (
    "grid_boundary", "team_assignment", "branch_assignment", "team_post", "post_holding",
    "building", "territory_finding",
)  # fmt: skip


@pytest.fixture
def town(session):
    session.info["cast"] = redrawn_town.build(session)
    peopled_town.visits(session)
    case = case_town.report(session, case_town.cast(session).reporter).incident
    assert case.grid_code
    refresh(session)
    for table in TABLES:
        session.execute(text(f"update gridsvc.{table} set recorded_at = :at"), {"at": RECORDED})
    session.execute(text("update gridsvc.visit set recorded_at = '2026-09-20'"))
    return session


def printed(session, as_of=PRINTED):
    """Every figure of the quarter, place by place, as a text that differs by a digit or not."""
    rows = coverage_rows(session, HERE, SUMMER, as_of, SUMMER.end)
    grids = grids_between(session, HERE, SUMMER.start, SUMMER.last_day, as_of)
    places = [TOWN, f"{TOWN}001", *(one.code for one in grids)]
    broken = broken_communities(session, HERE, SUMMER.last_day, as_of)
    facts = case_facts(session, HERE, *SUMMER.bounds(ZONE), as_of)
    told = {
        "coverage": {code: coverage_of(rows, broken, code) for code in places},
        "rates": by_division(counted_in(facts, SUMMER, ZONE), places),
        "vacant": [one.place for one in vacancies(session, HERE, SUMMER.last_day, as_of)],
        "bare": without_team(session, HERE, SUMMER.last_day, as_of),
        "staff": [
            (one.code, one.team and one.team.code, one.posts, one.held)
            for one in staff_lines(session, HERE, SUMMER.last_day, as_of)
        ],
        "shapes": [
            (grid.code, shape)
            for grid, _, shape in outlines(session, HERE, SUMMER.last_day, as_of=as_of)
        ],
    }
    for kind in LedgerKind:
        found = ledger(session, kind, HERE, SUMMER, ZONE, as_of)
        told[kind] = sums(kind, found, places).to_csv() + found.to_csv()
    return told


def imported(session):
    """A file that tells other shapes and counts of two grids from a past day on."""
    rows = toy_town.grids().iloc[[0, 4]].rename(columns={"name": "source_code"})
    rows = rows.assign(name=None, name_en=None, parent_code=rows["code"].str[:12])
    rows["household_count"], rows["dwelling_count"] = [77, 303], [66, 404]
    rows["geometry"] = [toy_town.cell(0, 2, wide=0.5), rows.geometry.iloc[1]]
    write_grids(session, rows, GridKind.RESIDENTIAL, BACK, ImportReport())
    refresh(session)


def published(session):
    planner, street = session.info["cast"]
    plan = redrawn_town.merged(session, planner)
    redrawn_town.answered(session, plan, planner)
    back = [Asked(user, case_town.NOW, TODAY, days_back=60) for user in (planner, street)]
    review.submit(session, plan.id, back[0], BACK, "the office knows")
    review.approve(session, plan.id, back[1])
    review.publish(session, plan.id, back[0])


def restaffed(session):
    team = session.query(Team).filter_by(code="T1").one()
    user = session.info["cast"][0]
    assign(session, [Wish(EAST, "team", team.id, BACK, None)], user, case_town.NOW)


def moved_house(session):
    """A house is drawn anew across the border, on ground that was redrawn."""
    published(session)
    session.query(Building).filter_by(code=f"B{FAR_EAST}").update(
        {"anchor": session.query(Building.anchor).filter_by(code=f"B{EAST}").scalar_subquery()}
    )


@pytest.mark.parametrize("later", [imported, published, restaffed, moved_house])
def test_a_printed_quarter_is_had_again(town, later):
    was, now = printed(town), printed(town, datetime.now(UTC))
    assert was == now
    later(town)
    town.expire_all()
    again, anew = printed(town), printed(town, datetime.now(UTC))
    assert {name for name in was if again[name] != was[name]} == set()
    assert anew != was


def test_what_was_changed_twice_is_known_as_it_was_between(town):
    row = town.query(GridBoundary).filter_by(grid_code=EAST).one()
    told = {}
    for day, end in ((5, date(2026, 12, 1)), (10, None), (15, date(2026, 11, 1))):
        at = datetime(2026, 10, day, tzinfo=UTC)
        row.valid_to = end
        town.flush()
        # The clock of the database cannot be set: the line is dated where it belongs.
        town.execute(text("alter table gridsvc.said_before disable trigger append_only"))
        town.execute(
            text("update gridsvc.said_before set until = :at where until > :at"), {"at": at}
        )
        town.execute(text("alter table gridsvc.said_before enable trigger append_only"))
        told[at] = end
    for at, end in told.items():
        known = outlines(town, Scope((EAST,)), date(2026, 10, 20), as_of=at)
        assert known[0][1].valid_to == end
