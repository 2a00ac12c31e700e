"""Many cases at once, each apart, and what can be taken back of it."""

from __future__ import annotations

import re
from datetime import timedelta

import case_town
from case_town import NOW
from desk_browser import Desk, status, words
from sqlalchemy import func, select, text

from gridsvc import edge
from gridsvc.accounts.rules import Role
from gridsvc.incidents import clock, history
from gridsvc.incidents.handling import bulk, undo
from gridsvc.incidents.handling.life import Act
from gridsvc.incidents.models import IncidentEvent
from gridsvc.incidents.rules import Status
from gridsvc.incidents.rules.life import Action
from gridsvc.notices.models import Notice


def test_a_dry_run_changes_nothing_and_tells_each_case_apart(desk: Desk) -> None:
    ready, fresh = desk.cases(2)
    case_town.resolved(desk.session, ready, desk.people)
    case_town.step(desk.session, ready, "verify", desk.people.community)
    street = desk.viewer(Role.STREET_STAFF)
    before = desk.session.scalar(text("select count(*) from gridsvc.incident_event"))
    chosen = {"action": "close", "case": [ready.id, fresh.id, 10**9]}
    tried = words(street.send("/work/bulk", **chosen).get_data(as_text=True))
    assert "1 of 3 cases would go through. Nothing has been changed yet." in tried
    assert "There is no case 1000000000." in tried
    assert desk.session.scalar(text("select count(*) from gridsvc.incident_event")) == before
    assert desk.session.scalars(select(Notice).where(Notice.topic == "closed")).all() == []
    done = words(street.send("/work/bulk", **chosen, go="1").get_data(as_text=True))
    assert "1 of 3 cases: done." in done
    assert (status(desk, ready.id), status(desk, fresh.id)) == (Status.CLOSED, fresh.status)


def test_a_given_case_goes_back_to_its_team_within_seconds_and_later_not(desk: Desk, monkeypatch):
    case, other = desk.cases(2)
    street = desk.viewer(Role.STREET_STAFF)
    before, new = case.team_id, case_town.team_id(desk.session, "T2")
    sent = {"action": "dispatch", "team_id": new, "case": [case.id, other.id], "go": "1"}
    page = street.send("/work/bulk", **sent).get_data(as_text=True)
    back = re.findall(r'name="step" value="(\d+:\d+)"', page)
    assert len(back) == 2 and "within 10 seconds" in page
    undone = words(street.send("/work/undo", step=back[:1]).get_data(as_text=True))
    assert "1 of 1 cases: done." in undone
    desk.session.expire_all()
    assert (case.team_id, other.team_id) == (before, new)
    monkeypatch.setattr(edge, "now", lambda: NOW + timedelta(seconds=16))
    late = words(street.send("/work/undo", step=back[1:]).get_data(as_text=True))
    assert "0 of 1 cases: done." in late
    desk.session.expire_all()
    assert other.team_id == new


def test_nobody_takes_back_another_ones_step_or_one_that_leads_nowhere_back(desk: Desk) -> None:
    (case,) = desk.cases(1)
    people, db = desk.people, desk.session
    new = case_town.team_id(db, "T2")
    case_town.step(db, case, "dispatch", people.community, team_id=new)
    last = select(IncidentEvent.seq).where(IncidentEvent.incident_id == case.id)
    seq = db.scalars(last.order_by(IncidentEvent.seq.desc())).first()
    for user, line in ((people.street, seq), (people.community, seq - 1)):
        (result,) = undo.undo(db, [(case.id, line)], user, case_town.sight_of(user), NOW, "x")
        assert result.refused is not None
    case_town.step(db, case, "escalate", people.community, note="too big")
    (result,) = undo.undo(
        db, [(case.id, seq + 1)], people.community, case_town.sight_of(people.community), NOW, "x"
    )
    assert "cannot be taken back" in str(result.refused)


def test_a_go_takes_one_page_of_cases_at_most(desk: Desk) -> None:
    street = desk.viewer(Role.STREET_STAFF)
    for chosen in ([], list(range(1, 52)), ["x"]):
        assert street.send("/work/bulk", action="close", case=chosen).status_code == 400
    assert street.send("/work/bulk", action="resolve", case=[1]).status_code == 400


def test_a_refused_case_leaves_its_neighbours_alone(desk: Desk) -> None:
    good, bad = desk.cases(2)
    case_town.step(desk.session, bad, "claim", desk.people.member)
    user = desk.people.street
    team = case_town.team_id(desk.session, "T2")
    done = bulk.apply(
        desk.session, [good.id, bad.id], Action.DISPATCH, Act(team_id=team), user,
        case_town.sight_of(user), NOW, dry_run=False,
    )  # fmt: skip
    assert [one.refused is None for one in done] == [True, False]
    assert (good.team_id, bad.status) == (team, Status.CLAIMED)


def test_a_closing_taken_back_leaves_check_and_clock_as_they_were(desk: Desk) -> None:
    (case,) = desk.cases(1)
    db, people = desk.session, desk.people
    case_town.resolved(db, case, people)
    case_town.step(db, case, "verify", people.community)
    before = clock.share(db, case, NOW + timedelta(hours=5)), len(clock.ledger(db, case.id))
    case_town.step(db, case, "close", people.street)
    seq = db.scalar(select(func.max(IncidentEvent.seq)).filter_by(incident_id=case.id))
    street, sight = people.street, case_town.sight_of(people.street)
    (result,) = undo.undo(db, [(case.id, seq)], street, sight, NOW, "slipped")
    assert result.refused is None, result.refused
    assert (case.status, case.closed_at, case.due_at) == (Status.VERIFIED, None, None)
    kinds = [line.kind.value for line in clock.ledger(db, case.id)]
    assert kinds == ["start", "pause", "stop", "restore"]
    assert (clock.share(db, case, NOW + timedelta(hours=5)), len(kinds) - 2) == before
    assert history.broken(db, [case.id]) == set()
    case_town.step(db, case, "close", people.street)
    assert case.status is Status.CLOSED
