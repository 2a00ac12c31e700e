"""Photos and contacts through the interface: who may send, see, cover, publish and look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import peopled_town
import pytest
import toy_town
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.app import BODY_LIMIT
from gridsvc.errors import BadInput
from gridsvc.incidents.evidence import contacts, photos
from gridsvc.incidents.models import ContactLook, Incident, Photo, ReporterContact
from gridsvc.incidents.rules import Level

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
GRID = toy_town.code(2, 1)


def photo(colour=(200, 30, 30), size=(64, 48)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture(scope="module")
def built(engine):
    """The peopled town, once."""
    connection = engine.connect()
    transaction = connection.begin()
    session = Session(connection, join_transaction_mode="create_savepoint")
    peopled_town.build(session)
    session.commit()
    session.close()
    yield connection
    transaction.rollback()
    connection.close()


@pytest.fixture
def session(built):
    """A session in the built town, whose work is rolled back after the test."""
    savepoint = built.begin_nested()
    session = Session(built, join_transaction_mode="create_savepoint", expire_on_commit=False)
    yield session
    session.close()
    savepoint.rollback()


@pytest.fixture
def case(session):
    return session.query(Incident).filter_by(grid_code=GRID).order_by(Incident.id).first()


@pytest.fixture
def signed_in(session, database, case):
    """A client for a role in a scope, as a program with a token."""
    app = peopled_town.app_in(session, database)

    def client(role: Role, scope: str = GRID):
        made = app.test_client()
        made.environ_base.update(
            {"HTTP_" + k.upper(): v
             for k, v in peopled_town.Viewer(app, session, role, scope)._headers.items()}
        )  # fmt: skip
        return made

    return client


def sent(client, case, data: bytes, **form: str):
    body = {"photo": (BytesIO(data), "../../etc/passwd"), **form}
    return client.post(f"/api/v1/incidents/{case.id}/photos", data=body)


def test_a_photo_goes_in_and_comes_out_as_a_jpeg_that_nothing_else_can_be(signed_in, case) -> None:
    leader = signed_in(Role.LEADER)
    added = sent(leader, case, photo(), purpose="resolve", client_photo_id="one")
    assert added.status_code == 201, added.json
    assert (added.json["width"], added.json["purpose"]) == (64, "resolve")
    shown = leader.get(f"/api/v1/incidents/{case.id}/photos/{added.json['id']}.jpg")
    assert shown.mimetype == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "passwd" not in shown.headers["Content-Disposition"]
    assert shown.data.startswith(b"\xff\xd8")
    assert leader.get(f"/api/v1/incidents/{case.id}/photos").json["items"] == [added.json]


def test_a_repeat_gives_the_first_photo_and_another_one_under_its_id_is_refused(
    signed_in, case, session
) -> None:
    leader = signed_in(Role.LEADER)
    first = sent(leader, case, photo(), client_photo_id="one")
    again = sent(leader, case, photo(), client_photo_id="one")
    nameless = sent(leader, case, photo())
    assert first.json["id"] == again.json["id"] == nameless.json["id"]
    assert sent(leader, case, photo((0, 0, 0)), client_photo_id="one").status_code == 409
    assert session.query(Photo).count() == 1


def padded(size: int) -> dict[str, object]:
    """A form with a photo and so many bytes behind it, as they go over the line."""
    head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n'
    body = head + photo() + b"\0" * size + b"\r\n--x--\r\n"
    return {"data": body, "content_type": "multipart/form-data; boundary=x"}


def test_a_photo_may_be_large_and_a_report_may_not(signed_in, case) -> None:
    leader, address = signed_in(Role.LEADER), f"/api/v1/incidents/{case.id}/photos"
    assert leader.post(address, **padded(BODY_LIMIT + 1000)).status_code == 201
    assert leader.post(address, **padded(12 * 2**20)).status_code == 413
    assert leader.put(f"{address}/1/covers", **padded(BODY_LIMIT)).status_code == 413


def test_what_is_no_photo_is_refused_in_a_sentence_and_leaves_nothing(
    signed_in, case, session
) -> None:
    answer = sent(signed_in(Role.LEADER), case, b"<svg onload='alert(1)'/>")
    assert answer.status_code == 400
    assert "JPEG, PNG, WebP or HEIC" in answer.json["detail"]
    assert session.query(Photo).count() == 0


def test_photos_are_for_the_cases_scope_and_for_those_who_work_on_it(
    signed_in, case, session
) -> None:
    number = sent(signed_in(Role.LEADER), case, photo()).json["id"]
    address = f"/api/v1/incidents/{case.id}/photos"
    elsewhere = signed_in(Role.TEAM_MEMBER, toy_town.code(1, 1))
    assert elsewhere.get(address).status_code == 404
    assert elsewhere.get(f"{address}/{number}.jpg").status_code == 404
    assert sent(elsewhere, case, photo((1, 2, 3))).status_code == 404
    planner = signed_in(Role.PLANNER)
    assert planner.get(f"{address}/{number}.jpg").status_code == 200
    assert sent(planner, case, photo((1, 2, 3))).status_code == 403
    assert planner.put(f"{address}/{number}/covers", json={"covers": []}).status_code == 403


def test_who_reported_a_case_elsewhere_may_still_send_its_photos(signed_in, case, session) -> None:
    member = signed_in(Role.TEAM_MEMBER, toy_town.code(1, 1))
    reporter = session.scalar(
        text("select id from gridsvc.user_account where username like 'team_member%'")
    )
    own = Incident(
        kind=case.kind, category_id=case.category_id, status=case.status, level=case.level,
        datum="wgs84", provenance=case.provenance, reported_at=NOW, reporter_user_id=reporter,
        division_code=case.division_code,
    )  # fmt: skip
    session.add(own)
    session.flush()
    assert sent(member, own, photo()).status_code == 201
    assert sent(member, case, photo()).status_code == 404


def test_a_case_takes_eighteen_photos(signed_in, case) -> None:
    leader = signed_in(Role.LEADER)
    made = [sent(leader, case, photo((n, 0, 0), (2 + n, 2))) for n in range(19)]
    assert [one.status_code for one in made] == [201] * 18 + [422]


def test_covers_are_kept_and_the_plain_photo_stays_for_the_handlers(
    signed_in, case, session
) -> None:
    street = signed_in(Role.STREET_STAFF)
    number = sent(street, case, photo()).json["id"]
    address = f"/api/v1/incidents/{case.id}/photos/{number}"
    told = street.put(f"{address}/covers", json={"covers": [[0, 0, 64, 48]], "publish": True})
    assert told.json["published"], told.json
    kept = photos.photo(session, case.id, number)
    assert Image.open(BytesIO(kept.covered_jpeg)).getpixel((9, 9)) == (96, 96, 96)
    assert Image.open(BytesIO(street.get(f"{address}.jpg").data)).getpixel((9, 9))[0] > 150
    back = street.put(f"{address}/covers", json={"covers": [], "publish": False})
    assert (back.json["published"], back.json["covers"]) == (False, [])
    assert street.put(f"{address}/covers", json={"covers": [[0, 0, 65, 1]]}).status_code == 400
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions[-3:] == ["photo.add", "photo.cover", "photo.cover"]


def test_a_photo_of_a_sensitive_case_is_never_published(signed_in, session, case) -> None:
    sensitive = session.scalar(
        text("select i.id from gridsvc.incident i join gridsvc.category c on c.id = category_id"
             " where sensitive limit 1")
    )  # fmt: skip
    leader = signed_in(Role.LEADER)
    quiet = session.get(Incident, sensitive)
    number = sent(leader, quiet, photo()).json["id"]
    address = f"/api/v1/incidents/{quiet.id}/photos/{number}/covers"
    assert leader.put(address, json={"covers": [], "publish": True}).status_code == 422


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
