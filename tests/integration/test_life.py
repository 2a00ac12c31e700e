"""The life of a case: every step × state × role × kind, two at once, and the single steps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import case_town
import pytest
import toy_town
from case_town import NOW, report, resolved, step
from sqlalchemy import select, text, update

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.db import make_engine, session_factory
from gridsvc.errors import BadInput, Conflict, GridsvcError, NotFound, RuleViolation
from gridsvc.incidents import clock, history
from gridsvc.incidents.arrival import duplicates
from gridsvc.incidents.handling.life import options, rate
from gridsvc.incidents.models import CoHandler, Incident, IncidentEvent, Photo
from gridsvc.incidents.rules import Kind, Level, Outcome, Status, Urgency
from gridsvc.incidents.rules.life import Action
from gridsvc.notices.models import Notice
from gridsvc.reports.check import check

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


@pytest.fixture
def town(session):
    case_town.build(session)
    return case_town.cast(session)


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


def test_of_two_teams_that_claim_at_once_exactly_one_wins(fresh_database):
    engine = make_engine(fresh_database, pool_size=4)
    sessions = session_factory(engine)
    with sessions.begin() as session:
        case_town.build(session)
        people = case_town.cast(session)
        rivals = {people.member.id: "T1", people.specialist.id: "S"}
    wins = []
    for _ in range(50):
        with sessions.begin() as session:
            case = report(session, None, category="wires").incident
        together = threading.Barrier(2)

        def claim(user_id: int, case: Incident = case, together=together) -> str:
            with sessions() as session:
                user = session.get_one(UserAccount, user_id)
                together.wait()
                try:
                    step(session, case, "claim", user)
                    session.commit()
                except Conflict:
                    return ""
                return rivals[user_id]

        with ThreadPoolExecutor(2) as pool:
            won = [team for team in pool.map(claim, rivals) if team]
        with sessions() as session:
            owner = session.get_one(Incident, case.id).team_id
            steps = session.scalars(
                select(IncidentEvent.action).where(IncidentEvent.incident_id == case.id)
            ).all()
            assert [owner] == [case_town.team_id(session, team) for team in won]
        assert sorted(steps) == ["claim", "report"]
        wins += won
    engine.dispose()
    assert len(wins) == 50


def test_nobody_outside_the_scope_sees_or_changes_a_case(session, town):
    case = report(session, town.leader).incident
    stranger = case_town.account(session, "stranger", Role.LEADER, toy_town.code(1, 2))
    for action in Action:
        with pytest.raises(NotFound):
            step(session, case, action, stranger, note="x")


def test_whoever_handled_a_case_neither_checks_nor_closes_it(session, town):
    case = report(session, town.reporter).incident
    step(session, case, "claim", town.leader)
    step(session, case, "resolve", town.leader, outcome=Outcome.SOLVED)
    with pytest.raises(RuleViolation, match="whoever handled"):
        step(session, case, "verify", town.leader)
    step(session, case, "verify", town.community)
    with pytest.raises(RuleViolation, match="whoever handled"):
        step(session, case, "close", town.leader)


def test_the_third_return_lifts_the_case_a_level(session, town):
    case = report(session, town.reporter).incident
    levels = []
    for _ in range(3):
        step(session, case, "dispatch", town.street)
        step(session, case, "return", town.member, note="not ours")
        levels.append(case.level)
    assert levels == [Level.GRID, Level.GRID, Level.COMMUNITY]
    with pytest.raises(RuleViolation, match="answers for the case's level"):
        step(session, case, "dispatch", town.leader)
    step(session, case, "dispatch", town.community)


def test_the_first_receiver_owns_it_until_another_accepts(session, town):
    case = report(session, town.reporter, category="wires").incident
    first, other = case_town.team_id(session, "T1"), case_town.team_id(session, "S")
    step(session, case, "claim", town.member)
    step(session, case, "return", town.member, note="live wires")
    assert case.team_id == first
    step(session, case, "accept", town.specialist)
    assert (case.team_id, case.first_team_id, case.status) == (other, first, Status.CLAIMED)
    assert session.scalars(select(CoHandler).where(CoHandler.until.is_(None))).all() == []
    with pytest.raises(RuleViolation):
        step(session, case, "resolve", town.member, outcome=Outcome.SOLVED)


def test_the_clock_stands_still_while_others_check_and_ends_with_the_case(session, town):
    case = resolved(session, report(session, town.reporter).incident, town)
    assert case.due_at is None
    later = NOW + timedelta(hours=2)
    step(session, case, "rework", town.street, later, note="still there")
    due = case.due_at
    assert due > NOW
    step(session, case, "resolve", town.member, later, outcome=Outcome.SOLVED)
    step(session, case, "verify", town.street, later)
    step(session, case, "close", town.street, later)
    kinds = [one.kind.value for one in clock.ledger(session, case.id)]
    assert kinds == ["start", "pause", "resume", "pause", "stop"]
    assert case.due_at is not None


def test_more_time_is_granted_by_somebody_else(session, town):
    case = report(session, town.reporter).incident
    step(session, case, "claim", town.leader)
    before = case.due_at
    step(session, case, "ask_extension", town.leader, note="parts", working_days=3)
    with pytest.raises(Conflict, match="waits"):
        step(session, case, "ask_extension", town.leader, note="parts", working_days=3)
    with pytest.raises(RuleViolation, match="whoever asked"):
        step(session, case, "grant_extension", town.leader)
    step(session, case, "grant_extension", town.community)
    assert case.due_at > before
    with pytest.raises(RuleViolation, match="Nobody asked"):
        step(session, case, "grant_extension", town.community)


def test_a_photo_of_the_work_is_needed_where_the_category_asks(session, town):
    case = report(session, town.reporter, category="pictured").incident
    step(session, case, "claim", town.member)
    with pytest.raises(RuleViolation, match="photo"):
        step(session, case, "resolve", town.member, outcome=Outcome.SOLVED)
    session.add(
        Photo(
            incident_id=case.id, purpose="resolve", content_hash=b"x", width=1, height=1,
            jpeg=b"x", covers=[],
        )
    )  # fmt: skip
    session.flush()
    step(session, case, "resolve", town.member, outcome=Outcome.SOLVED)


def test_an_explanation_needs_its_reason(session, town):
    case = report(session, town.reporter).incident
    step(session, case, "claim", town.member)
    with pytest.raises(BadInput, match="reason"):
        step(session, case, "resolve", town.member, outcome=Outcome.EXPLAINED)


def test_a_request_is_fed_back_before_it_is_closed(session, town):
    case = report(session, town.reporter, category="meal").incident
    step(session, case, "dispatch", town.community)
    resolved(session, case, town)
    step(session, case, "verify", town.community)
    with pytest.raises(RuleViolation, match="feed_back"):
        step(session, case, "close", town.community)


def closed(session, town) -> Incident:
    case = resolved(session, report(session, town.reporter).incident, town)
    step(session, case, "verify", town.street)
    return step(session, case, "close", town.street)


def test_one_tap_rates_a_closed_case_once_with_or_without_an_account(session, town):
    case = closed(session, town)
    rate(session, case.tracking_code, 3, NOW)
    assert case.rating == 3
    with pytest.raises(Conflict):
        step(session, case, "rate", town.reporter, rating=1)
    with pytest.raises(NotFound):
        rate(session, "0" * 14, 3, NOW)
    with pytest.raises(RuleViolation, match="closed"):
        rate(session, report(session, town.leader).incident.tracking_code, 3, NOW)


def test_a_case_comes_back_within_fifteen_days_and_not_later(session, town):
    case = closed(session, town)
    last = NOW + timedelta(days=15)
    with pytest.raises(RuleViolation, match="15 days"):
        step(session, case, "reopen", town.street, last + timedelta(seconds=1), note="again")
    step(session, case, "reopen", town.reporter, last, note="again")
    assert (case.status, case.closed_at, case.outcome) == (Status.DISPATCHED, None, None)
    assert case.due_at > last


def test_a_sensitive_case_runs_through_in_its_own_team(session, town):
    case = report(session, town.member, category="quarrel").incident
    for outsider in (town.community, town.district):
        with pytest.raises(NotFound):
            step(session, case, "dispatch", outsider)
    resolved(session, case, town)
    step(session, case, "verify", town.leader)
    step(session, case, "close", town.leader)
    told = set(session.scalars(select(Notice.user_id)))
    assert told <= {town.leader.id, town.member.id}


def test_merging_carries_households_history_and_clock_and_can_be_undone(session, town):
    old = report(session, town.reporter).incident
    young = report(session, town.reporter, NOW + timedelta(minutes=5)).incident
    share = clock.share(session, young, NOW + timedelta(hours=1))
    step(session, young, "merge", town.community, NOW + timedelta(hours=1), into_id=old.id)
    assert (young.status, young.merged_into_id, young.due_at) == (Status.MERGED, old.id, None)
    assert old.households_affected == 2
    absorbed = history.told(session, old.id)[-1][0]
    merged = history.told(session, young.id)
    assert absorbed.detail["hash"] == merged[-2][0].hash.hex()
    later = NOW + timedelta(days=5)
    step(session, young, "unmerge", town.community, later, note="two trees")
    assert (young.status, young.merged_into_id) == (Status.REPORTED, None)
    assert clock.share(session, young, later) == pytest.approx(share)
    assert old.households_affected == 1
    assert history.broken(session, [old.id, young.id]) == set()


def test_a_merge_never_wins_time_and_never_makes_a_chain(session, town):
    old, middle, young = (
        report(session, town.reporter, NOW + timedelta(minutes=n)).incident for n in range(3)
    )
    with pytest.raises(RuleViolation, match="younger"):
        step(session, old, "merge", town.community, into_id=young.id)
    step(session, young, "merge", town.community, NOW + timedelta(hours=1), into_id=middle.id)
    with pytest.raises(RuleViolation, match="part them first"):
        step(session, middle, "merge", town.community, into_id=old.id)
    with pytest.raises(RuleViolation, match="not open"):
        step(session, report(session, town.reporter, NOW + timedelta(hours=2)).incident,
             "merge", town.community, into_id=young.id)  # fmt: skip


def test_likely_duplicates_are_near_young_open_and_of_the_category(session, town):
    lon, lat = case_town.HERE
    for metres in (90, 10, 50, 30, 70, 20, 110):
        report(session, town.reporter, lat=lat + metres / 110_800)
    report(session, town.reporter, category="wires")
    report(session, town.reporter, NOW - timedelta(days=15))
    category = session.scalars(select(Incident.category_id).limit(1)).one()
    near = duplicates.likely(session, lon, lat, category, NOW)
    assert [round(one.distance_m, -1) for one in near] == [10, 20, 30, 50, 70]
    stranger = case_town.account(session, "stranger", Role.LEADER, toy_town.code(1, 2))
    hidden = case_town.sight_of(stranger)
    assert duplicates.likely(session, lon, lat, category, NOW, hidden) == []


def test_joining_counts_a_household_once_for_each_id(session, town):
    case = report(session, town.reporter, client_report_id="first").incident
    sight = case_town.sight_of(town.member)
    for key in ("a", "a", "b"):
        duplicates.join(session, case.id, key, town.member, sight, NOW)
    assert case.households_affected == 3
    other = report(session, town.reporter).incident
    for taken in ("a", "first"):
        with pytest.raises(Conflict, match="came before"):
            duplicates.join(session, other.id, taken, town.member, sight, NOW)
    closed_one = closed(session, town)
    with pytest.raises(Conflict, match="ended meanwhile"):
        duplicates.join(session, closed_one.id, "c", town.member, sight, NOW)


def test_the_steps_offered_are_those_that_work(session, town):
    case = report(session, town.reporter).incident
    assert options(session, case, town.member, NOW) == ["claim", "co_handle", "escalate"]
    assert "claim" not in options(session, case, town.street, NOW)


def test_a_changed_step_breaks_the_chain_and_the_check_tells(session, town):
    case = resolved(session, report(session, town.reporter).incident, town)
    assert not [one for one in check(session, NOW.date()) if one.kind == "history_broken"]
    session.execute(text("alter table gridsvc.incident_event disable trigger append_only"))
    session.execute(
        text("update gridsvc.incident_event set note = 'never' where incident_id = :n and seq = 2"),
        {"n": case.id},
    )
    assert history.broken(session, [case.id]) == {case.id}
    told = [one.text for one in check(session, NOW.date()) if one.kind == "history_broken"]
    assert told == [f"incident {case.id} has a step that was changed after it was written"]
