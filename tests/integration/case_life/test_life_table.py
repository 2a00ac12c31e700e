"""The life of a case: every step × state × role × kind, against a table written by hand."""

from __future__ import annotations

from datetime import timedelta

import case_town
import pytest
from case_town import NOW, report, step
from sqlalchemy import text, update

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.errors import GridsvcError
from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Kind, Outcome, Status, Urgency
from gridsvc.incidents.rules.life import Action

# Written by hand from the field's rules, not from the code's table. l leader, m member,
# c community, s street, d district, p the planner who is this case's reporter.
TABLE = """
dispatch         reported dispatched returned          | dispatched | lcsd
claim            reported dispatched returned          | claimed    | lm
accept           dispatched returned claimed           | claimed    | lm
return           dispatched claimed                    | returned   | lm
co_handle        reported dispatched returned claimed  | =          | lmcsd
ask_extension    claimed                               | =          | lm
grant_extension  claimed                               | =          | lcsd
refuse_extension claimed                               | =          | lcsd
escalate         reported dispatched returned claimed  | =          | lmcsd
expedite         reported dispatched returned claimed  | =          | lcsd
resolve          claimed                               | resolved   | lm
verify           resolved                              | verified   | lcsd
rework           resolved verified                     | claimed    | lcsd
close            verified                              | closed     | lcsd
feed_back        verified closed                       | =          | lmcsd
rate             closed                                | =          | p
reopen           closed                                | dispatched | lcsdp
merge            reported dispatched returned claimed  | merged     | lcsd
unmerge          merged                                | reported   | lcsd
place            reported dispatched returned claimed  | =          | lcsd
review           reported dispatched returned claimed resolved verified closed | = | lcsd
"""
OTHERWISE = {
    Kind.INCIDENT: "",
    Kind.REQUEST: """
claim            dispatched                            | claimed    | lm
accept           dispatched claimed                    | claimed    | lm
""",
    Kind.WISH: """
accept                                                 | =          | -
co_handle                                              | =          | -
close            resolved verified                     | closed     | lcsd
""",
}

LETTERS = dict(
    zip("lmcsdp", [Role.LEADER, Role.TEAM_MEMBER, Role.COMMUNITY_STAFF, Role.STREET_STAFF,
                   Role.DISTRICT, Role.PLANNER], strict=True)
)  # fmt: skip


def expected(kind: Kind) -> dict[str, tuple[set[str], str, set[Role]]]:
    rows = {}
    for line in (TABLE + OTHERWISE[kind]).strip().splitlines():
        if not line:
            continue
        starts, target, letters = line.split("|")
        action, *sources = starts.split()
        roles = {LETTERS[letter] for letter in letters.strip(" -")}
        rows[action] = (set(sources), target.strip(), roles)
    return rows


def in_state(session, town, kind: Kind, status: Status, reporter) -> Incident:
    """Bring a case to a state, by people whom the table's actors are not."""
    category = case_town.KIND_CATEGORY[kind]
    odd = {"category": category, "device_at": NOW - timedelta(hours=1)}
    case = report(session, reporter, NOW + timedelta(minutes=1), **odd).incident
    if kind is not Kind.WISH:
        case_town.step(
            session, case, "co_handle", town.community, team_id=case_town.team_id(session, "S")
        )
    if status in (Status.REPORTED, Status.MERGED):
        if status is Status.MERGED:
            older = report(session, town.reporter, category=category).incident
            step(session, case, "merge", town.community, into_id=older.id)
        return case
    step(session, case, "dispatch", town.community)
    if status is Status.DISPATCHED:
        return case
    if status is Status.RETURNED:
        return step(session, case, "return", town.member, note="not ours")
    step(session, case, "claim", town.member)
    for at, action, given in (
        (Status.RESOLVED, "resolve", {"outcome": Outcome.SOLVED}),
        (Status.VERIFIED, "verify", {}),
        (Status.CLOSED, "close", {}),
    ):
        if case.status is status:
            break
        if at is Status.CLOSED and kind is Kind.REQUEST:
            step(session, case, "feed_back", town.member, note="done")
        step(session, case, action, town.member if action == "resolve" else town.street, **given)
    assert case.status is status
    return case


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("status", list(Status))
def test_every_step_by_every_role_is_as_the_table_says(session, town, kind, status):
    # Its grid is taken from a case before somebody tries to set its place.
    session.execute(text("alter table gridsvc.incident disable trigger keep_report"))
    scopes = {
        Role.DISTRICT: "520302",
        Role.LEADER: case_town.GRID,
        Role.TEAM_MEMBER: case_town.GRID,
    }
    actors = {
        role: case_town.account(session, f"try_{role}", role, scopes.get(role, case_town.TOWN))
        for role in Role
    }
    for role in (Role.LEADER, Role.TEAM_MEMBER):
        for team in ("T1", "S"):
            case_town.join_team(session, actors[role], team)
    case = in_state(session, town, kind, status, actors[Role.PLANNER])
    older = report(session, town.reporter, NOW - timedelta(days=1)).incident
    table = expected(kind)
    for action in Action:
        for role, actor in actors.items():
            sources, target, roles = table[action]
            outcome = attempt(session, town, case, action, actor, older.id)
            may = status in sources and role in roles
            assert (outcome == (status if target == "=" else target)) is may, (
                action,
                role,
                outcome,
            )
            assert may or len(outcome) > 10, (action, role, outcome)


def attempt(session, town, case: Incident, action: Action, actor: UserAccount, older: int) -> str:
    """Take a step and take it back; gives the state it led to, or the reason of the refusal."""
    given = {
        "note": "because", "outcome": Outcome.EXPLAINED, "working_days": 2, "into_id": older,
        "rating": 3, "urgency": Urgency.URGENT, "place": case_town.HERE,
    }  # fmt: skip
    if action is Action.CO_HANDLE:
        given["team_id"] = case_town.team_id(session, "T3")
    with session.begin_nested() as savepoint:
        try:
            if action is Action.PLACE:
                nowhere = update(Incident).where(Incident.id == case.id)
                session.execute(nowhere.values(grid_code=None, grid_boundary_id=None))
            if action in (Action.GRANT_EXTENSION, Action.REFUSE_EXTENSION) and (
                case.status is Status.CLAIMED
            ):
                step(session, case, "ask_extension", town.member, note="rain", working_days=2)
            if action is Action.CLOSE and case.kind is Kind.REQUEST and case.status == "verified":
                step(session, case, "feed_back", town.street, note="done")
            outcome = str(
                step(session, case, action, actor, NOW + timedelta(hours=1), **given).status
            )
        except GridsvcError as refusal:
            outcome = refusal.message
        savepoint.rollback()
    session.expire_all()
    return outcome
