"""What reaches the people at the desk: the inbox, and slips that want an answer."""

from __future__ import annotations

import re

from case_town import GRID, NOW, TOWN
from desk_browser import Desk
from sqlalchemy import select, text

from gridsvc.accounts.rules import Role
from gridsvc.incidents.escalation import slips
from gridsvc.notices.models import Notice
from gridsvc.notices.services import tell


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
