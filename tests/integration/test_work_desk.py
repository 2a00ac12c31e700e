"""The work desk over the toy town at work: lists, single steps, many at once, and the inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import case_town
import peopled_town
import pytest
from apiflask import APIFlask
from case_town import GRID, NOW, TOWN
from peopled_town import Viewer
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from gridsvc import edge
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.app import BODY_LIMIT
from gridsvc.errors import RuleViolation
from gridsvc.incidents import clock, history
from gridsvc.incidents.escalation import slips
from gridsvc.incidents.evidence import contacts, photos
from gridsvc.incidents.handling import bulk, undo
from gridsvc.incidents.handling.life import Act
from gridsvc.incidents.models import ContactLook, Incident, IncidentEvent
from gridsvc.incidents.rules import LimitKind, Outcome, Status, Urgency
from gridsvc.incidents.rules.life import Action
from gridsvc.notices.models import Notice
from gridsvc.notices.services import tell
from gridsvc.settings import Settings

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}


class Browser(Viewer):
    """A viewer who reads English pages and sends forms."""

    def page(self, path: str) -> str:
        answer = self.get(path, **ENGLISH)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def send(self, path: str, **form: Any):
        headers = {**self._headers, **ENGLISH}
        if "photo" not in form:
            return self._client.post(path, data=form, headers=headers)
        # As it goes over the line: the test client would leave a file of its own open.
        photo = FileStorage(BytesIO(form["photo"]), filename="a.jpg")
        kind, body = encode_multipart({**form, "photo": photo})
        headers["Content-Type"] = f"multipart/form-data; boundary={kind}"
        return self._client.post(path, data=body, headers=headers)


@dataclass
class Desk:
    app: APIFlask
    session: Session
    people: case_town.Cast

    def viewer(self, role: Role, scope: str = TOWN) -> Browser:
        return Browser(self.app, self.session, role, scope)

    def cases(self, count: int, **more: Any) -> list[Incident]:
        return [
            case_town.report(self.session, self.people.reporter, **more).incident
            for _ in range(count)
        ]


@pytest.fixture
def desk(session: Session, database: Settings, monkeypatch) -> Iterator[Desk]:
    monkeypatch.setattr(edge, "now", lambda: NOW)
    case_town.build(session)
    yield Desk(
        peopled_town.app_in(session, replace(database, language="en")),
        session,
        case_town.cast(session),
    )


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1]))


def numbers(page: str) -> set[int]:
    return {int(one) for one in re.findall(r'name="case" value="(\d+)"', page)}


def status(desk: Desk, number: int) -> Status:
    return desk.session.scalars(select(Incident.status).where(Incident.id == number)).one()


def test_a_case_is_found_by_its_words_its_grids_name_and_its_code(desk: Desk) -> None:
    (mine,) = desk.cases(1, description="水管 100% 漏")
    desk.cases(1, lon=case_town.toy_town.position(0.5, 0.5)[0],
               lat=case_town.toy_town.position(0.5, 0.5)[1])  # fmt: skip
    street = desk.viewer(Role.STREET_STAFF)
    name = desk.session.scalar(text("select name from gridsvc.grid where code = :c"), {"c": GRID})
    for asked in ("水管", "100%25", GRID, GRID[:12], name):
        assert mine.id in numbers(street.page(f"/work?q={asked}")), asked
    assert numbers(street.page("/work?q=管_漏")) == set()
    assert numbers(street.page(f"/work?q={GRID}")) == {mine.id}
    found = street.get(f"/work?q={mine.id}", **ENGLISH)
    assert found.headers["Location"] == f"/work/{mine.id}" or mine.id > 99_999


def test_the_board_counts_each_state_and_a_state_can_be_listed(desk: Desk) -> None:
    first, second = desk.cases(2)
    case_town.step(desk.session, first, "claim", desk.people.member)
    street = desk.viewer(Role.STREET_STAFF)
    board = words(street.page("/work?view=board"))
    assert "claimed 1" in board
    assert numbers(street.page("/work?status=claimed")) == {first.id}
    assert numbers(street.page("/work?status=closed")) == set()
    assert numbers(street.page("/work")) == {first.id, second.id}


def test_the_case_page_offers_what_the_rules_allow_and_nothing_else(desk: Desk) -> None:
    (case,) = desk.cases(1)
    offered = re.compile(r'name="action" value="(\w+)"')
    street = offered.findall(desk.viewer(Role.STREET_STAFF).page(f"/work/{case.id}"))
    planner = offered.findall(desk.viewer(Role.PLANNER).page(f"/work/{case.id}"))
    leader = offered.findall(desk.viewer(Role.LEADER, GRID).page(f"/work/{case.id}"))
    assert "dispatch" in street and "claim" not in street
    assert "claim" in leader
    assert planner == []


def test_the_first_button_brings_a_case_on(desk: Desk) -> None:
    offered = re.compile(r'name="action" value="(\w+)"')
    (case,) = desk.cases(1)
    leader, street = desk.viewer(Role.LEADER, GRID), desk.viewer(Role.STREET_STAFF)
    assert offered.findall(street.page(f"/work/{case.id}"))[0] == "dispatch"
    assert offered.findall(leader.page(f"/work/{case.id}"))[0] == "claim"
    leader.send(f"/work/{case.id}/steps", action="claim")
    steps = offered.findall(leader.page(f"/work/{case.id}"))
    assert steps[0] == "resolve" and "return" in steps
    case_town.step(desk.session, case, "resolve", desk.people.member, outcome=Outcome.SOLVED)
    assert offered.findall(street.page(f"/work/{case.id}"))[0] == "verify"


def test_a_report_that_is_odd_is_marked_on_the_list_and_on_the_board(desk: Desk) -> None:
    (plain,) = desk.cases(1)
    (odd,) = desk.cases(1, device_at=NOW - timedelta(hours=1))
    street = desk.viewer(Role.STREET_STAFF)
    for path in ("/work", "/work?view=board"):
        assert words(street.page(path)).count("Look first: the phone's clock was wrong") == 1
    assert numbers(street.page("/work")) == {plain.id, odd.id}


def test_an_odd_place_is_shown_as_sent_and_set_by_one_button_or_by_hand(desk: Desk) -> None:
    lon, lat = case_town.HERE
    swapped, far = (
        *desk.cases(1, lon=lat, lat=lon, device_at=case_town.NOW),
        *desk.cases(1, lon=lon + 3),
    )
    office = desk.viewer(Role.STREET_STAFF)
    assert numbers(office.page("/work?only=odd")) == {swapped.id, far.id}
    page = office.page(f"/work/{swapped.id}")
    assert "longitude and latitude look exchanged" in page
    assert f"{lat:.5f}, {lon:.5f}" in words(page)
    button = re.search(
        r'name="lon" value="([\d.]+)">\s*<input [^>]*name="lat" value="([\d.]+)"', page
    )
    assert button
    for case, at in ((swapped, button.groups()), (far, (lon, lat))):
        form = {"action": "place", "lon": at[0], "lat": at[1]}
        refused = office.send(f"/work/{case.id}/steps", **{**form, "lon": "east"})
        assert (refused.status_code, status(desk, case.id)) == (400, Status.REPORTED)
        assert office.send(f"/work/{case.id}/steps", **form).status_code == 303
        assert "place set by a person" in office.page(f"/work/{case.id}")
        desk.session.expire_all()
        assert desk.session.get_one(Incident, case.id).grid_code == case_town.GRID
    assert numbers(office.page("/work?only=odd")) == set()


def test_a_reporter_reads_and_rates_his_report_in_an_area_that_is_not_his(desk: Desk) -> None:
    there, other = (desk.viewer(Role.LEADER, f"{TOWN}00200{n}") for n in (1, 2))
    name = select(UserAccount).where(UserAccount.username == f"leader{TOWN}002001")
    author = desk.session.scalars(name).one()
    case = case_town.report(desk.session, author, description="a cable hangs low").incident
    path = f"/work/{case.id}"
    page = there.page(path)
    assert "a cable hangs low" in page and 'name="action"' not in page
    assert other.get(path).status_code == 404
    case_town.resolved(desk.session, case, desk.people)
    case_town.step(desk.session, case, "verify", desk.people.community)
    case_town.step(desk.session, case, "feed_back", desk.people.community, note="tied up again")
    case_town.step(desk.session, case, "close", desk.people.community)
    page = there.page(path)
    assert "tied up again" in page
    assert re.findall(r'name="action" value="(\w+)"', page) == ["rate", "reopen"]
    assert there.send(f"{path}/steps", action="dispatch").status_code == 404
    assert other.send(f"{path}/steps", action="rate", rating="3").status_code == 404
    assert there.send(f"{path}/steps", action="rate", rating="3").status_code == 303
    assert "Rated" in there.page(path)


def test_a_step_is_taken_by_a_form_and_a_refused_one_keeps_what_was_written(desk: Desk) -> None:
    (case,) = desk.cases(1)
    leader = desk.viewer(Role.LEADER, GRID)
    path = f"/work/{case.id}/steps"
    assert leader.send(path, action="claim").headers["Location"] == f"/work/{case.id}"
    assert status(desk, case.id) is Status.CLAIMED
    refused = leader.send(path, action="verify", note="looks good")
    assert refused.status_code == 409
    assert "starts from resolved, and the case is claimed." in refused.get_data(as_text=True)
    missing = leader.send(path, action="resolve", outcome="explained")
    assert missing.status_code == 400
    assert status(desk, case.id) is Status.CLAIMED
    assert "Claim" not in re.findall(r"<summary[^>]*>(.*?)<", leader.page(f"/work/{case.id}"))


def test_the_photo_of_the_work_done_comes_with_its_step_or_not_at_all(desk: Desk) -> None:
    (case,) = desk.cases(1, category="pictured")
    leader = desk.viewer(Role.LEADER, GRID)
    jpeg = BytesIO()
    Image.effect_noise((2000, 2000), 90).convert("RGB").save(jpeg, "JPEG", quality=98)
    path, picture = f"/work/{case.id}/steps", jpeg.getvalue()
    assert len(picture) > BODY_LIMIT
    early = leader.send(path, action="resolve", outcome="solved", photo=picture)
    assert early.status_code == 409
    assert photos.of_case(desk.session, case.id) == []
    leader.send(path, action="claim")
    assert leader.send(path, action="resolve", outcome="solved").status_code == 409
    done = leader.send(path, action="resolve", outcome="solved", photo=picture)
    assert done.status_code == 303, words(done.get_data(as_text=True))
    assert status(desk, case.id) is Status.RESOLVED
    assert f"/api/v1/incidents/{case.id}/photos/" in leader.page(f"/work/{case.id}")


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


def test_the_inbox_counts_what_is_unread_and_forgets_only_what_was_shown(desk: Desk) -> None:
    street = desk.viewer(Role.STREET_STAFF)
    user = desk.session.scalars(
        text("select id from gridsvc.user_account where username = :n"),
        {"n": f"street_staff{TOWN}"},
    ).one()
    told = {"topic": "overdue", "params": {"category": "噪声", "category_en": "Noise"}}
    for n in range(2):
        tell(desk.session, dedupe_key=f"k{n}", incident_id=7, user_ids=[user], now=NOW, **told)
    page = street.page("/inbox")
    assert "Case 7: a case is overdue · Noise" in page
    assert "<b>2</b>" in page
    shown = re.findall(r'name="up_to" value="(\d+)"', page)[0]
    tell(desk.session, dedupe_key="new", incident_id=8, user_ids=[user], now=NOW, **told)
    assert street.send("/inbox/read", up_to=shown).status_code == 303
    assert "<b>1</b>" in street.page("/work")
    assert "<b>" not in desk.viewer(Role.DISTRICT).page("/inbox").split("<main")[0]


def test_a_notice_reaches_the_inbox_of_the_team_that_a_case_is_given_to(desk: Desk) -> None:
    (case,) = desk.cases(1)
    street = desk.viewer(Role.STREET_STAFF)
    street.send(f"/work/{case.id}/steps", action="dispatch", note="")
    told = select(Notice.topic).where(
        Notice.incident_id == case.id, Notice.user_id == desk.people.leader.id
    )
    assert "dispatched" in set(desk.session.scalars(told))


def test_a_contact_is_shown_once_to_a_handler_who_says_why(desk: Desk) -> None:
    (case,) = desk.cases(1)
    contacts.keep(desk.session, case, phone="13800138000")
    leader, planner = desk.viewer(Role.LEADER, GRID), desk.viewer(Role.PLANNER)
    assert "13800138000" not in leader.page(f"/work/{case.id}")
    path = f"/work/{case.id}/contact"
    assert "13800138000" in leader.send(path, reason="to ask where").get_data(as_text=True)
    assert "13800138000" not in leader.send(path, reason=" ").get_data(as_text=True)
    assert planner.send(path, reason="to ask where").status_code == 403
    assert "Show the contact" not in planner.page(f"/work/{case.id}")


def test_a_slip_is_answered_by_the_team_that_has_the_case(desk: Desk) -> None:
    (case,) = desk.cases(1)
    leader, street = desk.viewer(Role.LEADER, GRID), desk.viewer(Role.STREET_STAFF)
    slips_path = f"/work/{case.id}/slips"
    assert leader.send(slips_path, reason="come").status_code == 403
    assert street.send(slips_path, reason=" ").status_code == 400
    assert street.send(slips_path, reason="come and see").status_code == 303
    assert street.send(slips_path, reason="once more").status_code == 409
    (slip,) = slips.slips_of(desk.session, case.id)
    path = f"{slips_path}/{slip.id}"
    assert "come and see" in street.page(f"/work/{case.id}")
    assert street.send(path, answer="done").status_code == 403
    assert street.send(f"{path}/close").status_code == 409
    assert leader.send(path, answer=" ").status_code == 400
    assert leader.send(path, answer="branch cut").status_code == 303
    assert "branch cut" in street.page(f"/work/{case.id}")
    assert leader.send(path, answer="again").status_code == 409
    assert leader.send(f"{path}/close").status_code == 403
    assert street.send(f"{path}/close").status_code == 303
    assert "supervision slip closed" in street.page(f"/work/{case.id}")


def test_numbers_of_persons_in_free_text_are_for_handlers_and_each_look_is_kept(desk: Desk) -> None:
    (case,) = desk.cases(1, description="call 13800138000 please")
    street, leader = desk.viewer(Role.STREET_STAFF), desk.viewer(Role.LEADER, GRID)
    path = f"/work/{case.id}"
    for page in (path, "/work", "/"):
        assert "13800138000" not in street.page(page) + leader.page(page)
    assert "Show the hidden numbers" not in street.page(path)
    assert street.send(f"{path}/words").status_code == 403
    assert "Show the hidden numbers" in leader.page(path)
    assert "13800138000" in leader.send(f"{path}/words").get_data(as_text=True)
    assert desk.session.scalars(select(ContactLook.what)).all() == ["words"]
    assert "13800138000" not in leader.page(path)


def test_a_hidden_number_is_not_found_by_who_guesses_it(desk: Desk) -> None:
    (case,) = desk.cases(
        1, description="煤气味，打 138-0013-8000 或 １３９００１３９０００，证 11010519491231002X"
    )
    desk.cases(1, description="电表 201403150022")
    street = desk.viewer(Role.STREET_STAFF)
    for guess in ("138-0013-8000", "0-0013", "13900139000", "139001", "１３９", "19491231", "002X"):
        assert numbers(street.page(f"/work?q={guess}")) == set(), guess
    assert numbers(street.page("/work?q=煤气")) == {case.id}
    assert len(numbers(street.page("/work?q=表 201403150022"))) == 1


def test_whoever_writes_a_number_into_a_note_is_told(desk: Desk) -> None:
    (case,) = desk.cases(1)
    leader = desk.viewer(Role.LEADER, GRID)
    path = f"/work/{case.id}/steps"
    sent = leader.send(path, action="escalate", note="ask 13800138000")
    assert "a number that names a person" in leader.page(sent.headers["Location"])
    quiet = leader.send(path, action="claim").headers["Location"]
    assert "a number that names a person" not in leader.page(quiet)


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


def test_a_form_sent_twice_is_one_step_and_with_other_words_a_conflict(desk: Desk) -> None:
    (case,) = desk.cases(1)
    leader, path = desk.viewer(Role.LEADER, GRID), f"/work/{case.id}/steps"
    key = re.search(r'client_step_id" value="([^"]+)-claim"', leader.page(f"/work/{case.id}"))[1]
    sent = {"action": "claim", "client_step_id": f"{key}-claim"}
    assert [leader.send(path, **sent).status_code for _ in range(2)] == [303, 303]
    first = {"action": "escalate", "client_step_id": f"{key}-escalate", "note": "too big"}
    assert [leader.send(path, **first).status_code for _ in range(2)] == [303, 303]
    assert leader.send(path, **{**first, "note": "too small"}).status_code == 409
    steps = select(IncidentEvent.action).filter_by(incident_id=case.id).order_by(IncidentEvent.seq)
    assert desk.session.scalars(steps).all() == ["report", "claim", "escalate"]


def test_a_case_made_urgent_is_due_sooner_and_never_later(desk: Desk) -> None:
    (case,) = desk.cases(1)
    db, people, due = desk.session, desk.people, case.due_at
    case_town.step(db, case, "expedite", people.street, urgency=Urgency.URGENT, note="a school")
    assert NOW < case.due_at < due
    assert clock.ledger(db, case.id)[-1].limit_kind is LimitKind.SAME_DAY
    with pytest.raises(RuleViolation, match="only become more urgent"):
        case_town.step(db, case, "expedite", people.street, urgency=Urgency.URGENT, note="again")
    sooner = case.due_at
    late = sooner - timedelta(minutes=1)
    given = {"urgency": Urgency.IMMEDIATE, "note": "it fell"}
    case_town.step(db, case, "expedite", people.street, late, **given)
    assert (case.urgency, case.due_at) == (Urgency.IMMEDIATE, sooner)
    page = desk.viewer(Role.STREET_STAFF).page(f"/work/{case.id}")
    assert "at once" in words(page) and "Make more urgent" not in page


def test_a_refusal_is_said_in_chinese_on_chinese_pages_and_to_whoever_asks_for_it(
    desk: Desk,
) -> None:
    (case,) = desk.cases(1)
    leader = desk.viewer(Role.LEADER, GRID)
    chinese = {**leader._headers, "Accept": "text/html", "Accept-Language": "zh-CN"}
    form = {"action": "verify"}
    page = leader._client.post(f"/work/{case.id}/steps", data=form, headers=chinese)
    told = words(page.get_data(as_text=True))
    assert "已办结" in told and "starts from" not in told
    path, asked = f"/api/v1/incidents/{case.id}/transitions", {"action": "verify"}
    plain = leader._client.post(path, json=asked, headers=leader._headers).json
    assert (plain["reason"], plain["values"]["status"]) == ("wrong_state", "reported")
    assert "“verify” starts from resolved" in plain["detail"]
    same = leader._client.post(path, json=asked, headers={**chinese, "Accept": "*/*"}).json
    assert same["reason"] == "wrong_state" and "starts from" not in same["detail"]


def test_faces_are_covered_on_a_page_before_the_public_sees_a_photo(desk: Desk) -> None:
    (case,) = desk.cases(1)
    file = BytesIO()
    Image.new("RGB", (400, 300), "red").save(file, "JPEG")
    shown = photos.take(desk.session, case.id, file.getvalue(), None, "report", None, NOW)
    leader, path = desk.viewer(Role.LEADER, GRID), f"/work/{case.id}/photos/{shown.id}"
    assert path in leader.page(f"/work/{case.id}")
    assert leader.send(path, covers="10, 20, 100, 50\n", publish="1").status_code == 303
    desk.session.refresh(shown)
    assert (shown.covers, shown.published_at) == ([[10, 20, 100, 50]], NOW)
    covered = Image.open(BytesIO(shown.covered_jpeg))
    red = [covered.getpixel(at)[0] > 200 for at in ((60, 45), (200, 200))]
    assert red == [False, True]
    page = leader.page(path)
    assert "The covered photo is public" in page and "10, 20, 100, 50" in page
    for wrong in ("10, 20, 1000, 50", "1, 2, 3", "face", "-1, 0, 5, 5"):
        refused = leader.send(path, covers=wrong)
        assert refused.status_code == 400 and wrong in refused.text, wrong
    desk.session.refresh(shown)
    assert (shown.covers, shown.published_at) == ([[10, 20, 100, 50]], NOW)
    assert leader.send(path, covers="10, 20, 100, 50").status_code == 303
    desk.session.refresh(shown)
    assert shown.published_at is None
    planner = desk.viewer(Role.PLANNER)
    assert "photo-covers" not in planner.page(path)
    assert planner.send(path, covers="").status_code == 403
    assert desk.viewer(Role.LEADER, case_town.toy_town.code(2, 1)).get(path).status_code == 404


def test_who_may_not_open_a_page_is_told_in_his_language(desk: Desk) -> None:
    leader = desk.viewer(Role.LEADER, GRID)
    told = {
        language: leader.get("/ladder", **{"Accept": "text/html", "Accept-Language": language})
        for language in ("en", "zh-CN")
    }
    assert [one.status_code for one in told.values()] == [403, 403]
    assert "The role “Grid leader” does not reach /ladder." in told["en"].text
    assert "角色“网格长”不能使用 /ladder。" in told["zh-CN"].text
