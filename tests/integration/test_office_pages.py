"""The ladder as an office keeps it, and notices that were given up: shown, changed, sent again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import case_town
import peopled_town
import pytest
from case_town import GRID, NOW, TOWN
from peopled_town import Viewer
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.incidents.escalation import ladder, ladder_book
from gridsvc.incidents.models import EscalationStep, Incident
from gridsvc.incidents.rules.escalation import RungWish, Told, fault
from gridsvc.notices import receivers
from gridsvc.notices.models import Notice, NoticeDelivery, WebhookFormat
from gridsvc.notices.services import tell

ENGLISH = {"Accept": "text/html", "Accept-Language": "en"}
DISTRICT = TOWN[:6]


@pytest.fixture
def app(session, database, monkeypatch):
    monkeypatch.setattr(edge, "now", lambda: NOW)
    case_town.build(session)
    return peopled_town.app_in(session, replace(database, language="en"))


class Desk(Viewer):
    def page(self, path: str) -> str:
        answer = self.get(path, **ENGLISH)
        assert answer.status_code == 200, answer.status
        return answer.get_data(as_text=True)

    def send(self, path: str, **form: Any):
        return self._client.post(path, data=form, headers={**self._headers, **ENGLISH})


def form(*rungs: tuple[Any, ...], code: str = DISTRICT, reason: str = "fewer mails") -> dict:
    sent: dict[str, Any] = {"in": code, "reason": reason}
    for n, (percent, told, *more) in enumerate(rungs):
        sent |= {f"percent_{n}": percent, f"told_{n}": told}
        sent |= {f"{name}_{n}": "1" for name in more}
    return sent


def test_a_district_gives_itself_a_ladder_and_its_history_tells_of_it(app, session):
    desk = Desk(app, session, Role.DISTRICT, DISTRICT)
    assert "that of the whole installation holds" in desk.page(f"/ladder?in={DISTRICT}")
    rungs = ((60, "team"), (100, "street_staff", "raises"), ("", "team"), (150, "district", "slip"))
    assert desk.send("/ladder", **form(*rungs)).status_code == 303
    owner, held = ladder_book.in_force(session, TOWN)
    assert (owner, [(one.at_percent, one.tell_role) for one in held]) == (
        DISTRICT, [(60, "team"), (100, "street_staff"), (150, "district")],
    )  # fmt: skip
    assert held[1].raises_level and held[2].issues_slip and not held[0].raises_level
    kept = held[0].id
    later = form((60, "team"), (120, "district"), reason="later is enough")
    assert desk.send("/ladder", **later).status_code == 303
    _, held = ladder_book.in_force(session, TOWN)
    assert held[0].id == kept, "a rung that stays is not climbed again"
    page = desk.page(f"/ladder?in={DISTRICT}")
    assert "fewer mails" in page and "later is enough" in page and "ended" in page
    entries = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "ladder.change"))
    assert entries.all() == [{"ended": 0, "made": 3}, {"ended": 2, "made": 1}]


def test_a_ladder_is_kept_by_who_answers_for_its_area_and_needs_a_reason(app, session):
    district = Desk(app, session, Role.DISTRICT, DISTRICT)
    admin = Desk(app, session, Role.ADMIN, "")
    everywhere = form((50, "team"), code="")
    assert district.send("/ladder", **everywhere).status_code == 403
    assert admin.send("/ladder", **{**everywhere, "reason": " "}).status_code == 400
    for rungs in ((), ((0, "team"),), ((50, "team"),) * 2, ((50, "leader", "raises"),)):
        refused = admin.send("/ladder", **form(*rungs, code=""))
        assert refused.status_code == 400, rungs
        assert 'class="fault"' in refused.get_data(as_text=True)
    assert admin.send("/ladder", **form((50, "nobody"), code="")).status_code == 400
    assert admin.send("/ladder", **everywhere).status_code == 303
    assert len(ladder_book.in_force(session, TOWN)[1]) == 1
    assert "disabled" in district.page("/ladder?in=all").split("<tbody>")[1].split("</tbody>")[0]


def test_a_case_climbs_the_ladder_that_its_office_made_before_it_got_there(app, session):
    people = case_town.cast(session)
    number = case_town.report(session, people.reporter).incident.id
    wish = [RungWish(80, Told.TEAM), RungWish(90, Told.TEAM)]
    ladder_book.change(session, TOWN, wish, "trial", people.street, NOW)
    case = session.get_one(Incident, number)
    late = NOW + timedelta(days=3)
    assert ladder.climb(session, [case], late, ladder.surroundings(session)).rungs == 2
    wish = [RungWish(80, Told.TEAM), RungWish(95, Told.TEAM), RungWish(500, Told.TEAM)]
    ladder_book.change(session, TOWN, wish, "trial", people.street, late)
    assert ladder.climb(session, [case], late, ladder.surroundings(session)).rungs == 0
    much_later = NOW + timedelta(days=40)
    assert ladder.climb(session, [case], much_later, ladder.surroundings(session)).rungs == 1
    assert fault([], everywhere=False) is None
    assert ladder_book.change(session, TOWN, [], "back to all", people.street, much_later) == 3
    used = select(EscalationStep).filter_by(prefix=TOWN, disabled_at=None)
    assert session.scalars(used).all() == []


def test_what_was_given_up_is_shown_without_keys_and_sent_again(app, session):
    hook = receivers.add_webhook(
        session, url="https://chat.example.org/hook?key=secret", prefix="",
        format=WebhookFormat.PLAIN, topics=["overdue"],
    )  # fmt: skip
    tell(session, dedupe_key="x", topic="overdue", params={}, incident_id=1, code=GRID, now=NOW)
    notice = session.scalars(select(Notice)).one()
    notice.given_up_at = NOW
    session.add(NoticeDelivery(notice_id=notice.id, at=NOW, ok=False, detail="HTTP 500"))
    session.flush()
    admin = Desk(app, session, Role.ADMIN, "")
    page = admin.page("/notices/undelivered")
    assert "chat.example.org" in page and "secret" not in page and "HTTP 500" in page
    assert admin.send("/notices/undelivered", webhook="x").status_code == 400
    sent = admin.send("/notices/undelivered", webhook=str(hook.id))
    assert "1 notices wait again." in admin.page(sent.headers["Location"])
    session.refresh(notice)
    assert (notice.given_up_at, notice.tries) == (None, 0)
