"""Contacts of reporters: who may look, what the log keeps, and when they are erased."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import peopled_town
import pytest
import toy_town
from sqlalchemy import select, text

from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.errors import BadInput
from gridsvc.incidents.evidence import contacts
from gridsvc.incidents.models import ContactLook, Incident, ReporterContact
from gridsvc.incidents.rules import Level

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
GRID = toy_town.code(2, 1)


@pytest.mark.parametrize(
    ("role", "level", "allowed"),
    [
        (Role.LEADER, Level.GRID, True),
        (Role.TEAM_MEMBER, Level.SUBDISTRICT, True),
        (Role.COMMUNITY_STAFF, Level.GRID, False),
        (Role.COMMUNITY_STAFF, Level.COMMUNITY, True),
        (Role.STREET_STAFF, Level.COMMUNITY, False),
        (Role.STREET_STAFF, Level.SUBDISTRICT, True),
        (Role.DISTRICT, Level.DISTRICT, True),
        (Role.PLANNER, Level.GRID, False),
        (Role.ADMIN, Level.GRID, False),
        (Role.AUDITOR, Level.DISTRICT, False),
    ],
)
def test_a_contact_is_for_those_who_handle_the_case(
    signed_in, case, session, role: Role, level: Level, allowed: bool
) -> None:
    case.level = level
    contacts.keep(session, case, "王", "0851-28220000", None)
    client = signed_in(role)
    answer = client.post(f"/api/v1/incidents/{case.id}/contact", json={"reason": "问清门牌"})
    looks = session.query(ContactLook).all()
    if allowed:
        assert answer.json == {"name": "王", "phone": "0851-28220000", "email": None}
        assert [(one.incident_id, one.reason) for one in looks] == [(case.id, "问清门牌")]
    else:
        assert answer.status_code == 403
        assert looks == []


def test_a_contact_stands_in_no_list_history_or_log(signed_in, case, session) -> None:
    leader, street = signed_in(Role.LEADER), signed_in(Role.STREET_STAFF)
    contacts.keep(session, case, "不可见的人", "0851-28229999", "a@b.example")
    looked = leader.post(f"/api/v1/incidents/{case.id}/contact", json={"reason": "回电"})
    assert looked.status_code == 400  # two characters are no reason
    looked = leader.post(f"/api/v1/incidents/{case.id}/contact", json={"reason": "回电确认"})
    assert looked.json["phone"] == "0851-28229999"
    pages = ("/api/v1/incidents", f"/api/v1/incidents/{case.id}", "/work", f"/work/{case.id}")
    for client in (leader, street):
        for page in pages:
            shown = client.get(page).get_data(as_text=True)
            assert "不可见的人" not in shown and "28229999" not in shown, page
    details = session.execute(text("select detail::text from gridsvc.audit_log")).scalars().all()
    steps = session.execute(text("select detail::text from gridsvc.incident_event")).scalars()
    assert not [one for one in (*details, *steps) if "28229999" in one or "不可见" in one]


def test_the_log_says_when_somebody_looks_at_very_many(case, session) -> None:
    contacts.keep(session, case, phone="0851-1")
    user = contacts.UserAccount(
        username="nosy", role=Role.LEADER, password_hash="",
        scopes=[peopled_town.services.UserScope(prefix=GRID)],
    )  # fmt: skip
    session.add(user)
    session.flush()
    for _ in range(contacts.MANY_LOOKS + 3):
        contacts.look(session, case.id, user, "回访回访", NOW)
    actions = session.scalars(select(AuditEntry.action)).all()
    assert actions.count("contact.look") == contacts.MANY_LOOKS + 3
    assert actions.count("contact.many_looks") == 1


def close(session, case, at: datetime) -> None:
    session.execute(
        text("update gridsvc.incident set status = 'closed', closed_at = :at where id = :id"),
        {"at": at, "id": case.id},
    )
    session.expire_all()


def test_a_contact_is_erased_thirty_days_after_closing_and_not_before(case, session) -> None:
    contacts.keep(session, case, phone="0851-1")
    assert contacts.erase_due(session, NOW + timedelta(days=400)) == 0
    close(session, case, NOW)
    assert contacts.erase_due(session, NOW + timedelta(days=30, seconds=-1)) == 0
    assert contacts.is_kept(session, case.id)
    assert contacts.erase_due(session, NOW + timedelta(days=30)) == 1
    assert contacts.erase_due(session, NOW + timedelta(days=30)) == 0
    assert session.query(ReporterContact).count() == 0


def test_a_merged_case_keeps_its_contact_until_its_lead_is_over(case, session) -> None:
    lead = session.query(Incident).filter(Incident.id != case.id).first()
    contacts.keep(session, case, phone="0851-1")
    session.execute(
        text("update gridsvc.incident set status = 'merged', closed_at = :at,"
             " merged_into_id = :lead where id = :id"),
        {"at": NOW, "lead": lead.id, "id": case.id},
    )  # fmt: skip
    assert contacts.erase_due(session, NOW + timedelta(days=99)) == 0
    close(session, lead, NOW + timedelta(days=60))
    assert contacts.erase_due(session, NOW + timedelta(days=91)) == 1


@pytest.mark.parametrize("days", [0, 181])
def test_contacts_cannot_be_kept_longer_than_half_a_year(session, days: int) -> None:
    with pytest.raises(BadInput, match="1 to 180"):
        contacts.erase_due(session, NOW, days)


def test_an_empty_contact_leaves_no_row_and_a_wrong_one_is_refused(case, session) -> None:
    assert not contacts.keep(session, case, " ", "", None)
    assert not contacts.is_kept(session, case.id)
    with pytest.raises(BadInput, match="needs an @"):
        contacts.keep(session, case, email="nobody")
