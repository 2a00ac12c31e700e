"""One step of one case by a form of the desk: taken once, or refused in a sentence."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import case_town
import pytest
from case_town import GRID, NOW, TOWN
from desk_browser import Desk, numbers, status, words
from PIL import Image
from sqlalchemy import select

from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role
from gridsvc.app import BODY_LIMIT
from gridsvc.errors import RuleViolation
from gridsvc.incidents import clock
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.models import Incident, IncidentEvent
from gridsvc.incidents.rules import LimitKind, Status, Urgency


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


def test_who_may_not_open_a_page_is_told_in_his_language(desk: Desk) -> None:
    leader = desk.viewer(Role.LEADER, GRID)
    told = {
        language: leader.get("/ladder", **{"Accept": "text/html", "Accept-Language": language})
        for language in ("en", "zh-CN")
    }
    assert [one.status_code for one in told.values()] == [403, 403]
    assert "The role “Grid leader” does not reach /ladder." in told["en"].text
    assert "角色“网格长”不能使用 /ladder。" in told["zh-CN"].text
