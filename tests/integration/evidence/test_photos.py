"""Photos through the interface: who may send, see, cover and publish them."""

from __future__ import annotations

from io import BytesIO

import peopled_town
import toy_town
from PIL import Image
from sqlalchemy import select, text

from gridsvc.accounts.models import AuditEntry
from gridsvc.accounts.rules import Role
from gridsvc.app import BODY_LIMIT
from gridsvc.incidents.evidence import photos
from gridsvc.incidents.models import Incident, Photo


def photo(colour=(200, 30, 30), size=(64, 48)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


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
        datum="wgs84", provenance=case.provenance, reported_at=peopled_town.NOW,
        reporter_user_id=reporter, division_code=case.division_code,
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
