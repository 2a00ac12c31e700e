"""A phone's pass sends what its account reports, reaches nothing else, and ends with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import case_town
import pytest
import toy_town
from case_town import GRID, HERE
from peopled_town import app_in
from PIL import Image
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from gridsvc import edge
from gridsvc.accounts import services
from gridsvc.accounts.models import AccessToken, UserScope
from gridsvc.accounts.rules import Role

PASSWORD = "correct horse"
BODY = {"category": "noise", "lon": HERE[0], "lat": HERE[1], "client_report_id": "one"}


class Phone:
    """A browser that signed in, and the pass that its form keeps."""

    def __init__(self, app, session: Session, name: str = "leader", scope: str = GRID) -> None:
        self.session, self.app, self.name = session, app, name
        self.user = services.add_user(
            session, username=name, role=Role.LEADER, password=PASSWORD, prefixes=[scope]
        )
        self.browser = app.test_client()
        self.sign_in()
        self.kept = self.new_pass().json["pass"]

    def sign_in(self) -> None:
        form = self.browser.get("/sign-in").get_data(as_text=True)
        token = form.split('name="csrf_token" value="')[1].split('"')[0]
        given = {"username": self.name, "password": PASSWORD, "csrf_token": token}
        assert self.browser.post("/sign-in", data=given).status_code == 303

    def new_pass(self):
        token = self.browser.get("/report/session").json["csrf_token"]
        return self.browser.post("/report/pass", headers={"X-CSRFToken": token})

    def ask(self, method: str, path: str, **how):
        """Ask by the pass alone, from where no cookie is."""
        headers = {"Authorization": f"Bearer {self.kept}", "Accept": "application/json"}
        return self.app.test_client().open(path, method=method, headers=headers, **how)

    def report(self, **more):
        return self.ask("POST", "/api/v1/incidents", json={**BODY, **more})


@pytest.fixture
def app(session, database):
    case_town.build(session)
    return app_in(session, database)


@pytest.fixture
def phone(app, session) -> Phone:
    return Phone(app, session)


def pixels() -> BytesIO:
    drawn = BytesIO()
    Image.new("RGB", (64, 48)).save(drawn, "JPEG")
    drawn.seek(0)
    return drawn


def later(monkeypatch, **by: float) -> None:
    at = datetime.now(UTC) + timedelta(**by)
    monkeypatch.setattr(edge, "now", lambda: at)


def test_after_hours_without_a_network_the_queue_goes_out_without_signing_in(
    phone, monkeypatch
) -> None:
    later(monkeypatch, hours=8)
    assert phone.browser.get("/work").status_code != 200, "the session should have ended"
    asked = phone.ask("GET", "/report/session")
    assert (asked.json["user"], "csrf_token" in asked.json) == ("leader", False)
    assert "Set-Cookie" not in asked.headers
    made = phone.report()
    assert made.status_code == 201
    assert phone.report().json["id"] == made.json["id"]
    sent = {"photo": (pixels(), "photo.jpg"), "client_photo_id": "p"}
    where = f"/api/v1/incidents/{made.json['id']}/photos"
    assert phone.ask("POST", where, data=sent).status_code == 201
    visit = {
        "grid_code": GRID, "visited_on": "2026-02-03", "dwellings_visited": 2,
        "first_time_dwellings": 1,
    }  # fmt: skip
    assert phone.ask("POST", "/api/v1/visits", json=visit).status_code == 201


def test_the_pass_reads_nothing_and_takes_no_step(phone, app, session) -> None:
    number = phone.report().json["id"]
    for path in (
        "/", "/work", f"/work/{number}", "/report", "/report/area", "/api/v1/incidents",
        f"/api/v1/incidents/{number}", f"/api/v1/incidents/{number}/photos", "/api/v1/visits",
        "/api/v1/route?lon=108&lat=27.7&category=noise", "/inbox",
    ):  # fmt: skip
        answer = phone.ask("GET", path)
        told = answer.get_data(as_text=True)
        assert answer.status_code == 401 or (path == "/" and "leader" not in told), path
    for path, body in (
        (f"/api/v1/incidents/{number}/transitions", {"action": "claim"}),
        (f"/api/v1/incidents/{number}/contact", {"reason": "curious"}),
        ("/report/pass", {}),
    ):
        assert phone.ask("POST", path, json=body).status_code == 401, path


def test_photos_are_for_own_reports_alone(phone, session) -> None:
    member = case_town.account(session, "member1", Role.TEAM_MEMBER, GRID)
    others = case_town.report(session, member).incident
    for number, purpose in ((others.id, "report"), (phone.report().json["id"], "resolve")):
        sent = {"photo": (pixels(), "photo.jpg"), "purpose": purpose}
        answer = phone.ask("POST", f"/api/v1/incidents/{number}/photos", data=sent)
        assert answer.status_code == 403, purpose


def test_a_disabled_account_or_a_new_password_ends_the_pass_at_once(phone, session) -> None:
    services.reset_password(session, username="leader", password="another red maple")
    assert phone.report().status_code == 401
    phone.kept = services.issue_pass(session, phone.user, None, datetime.now(UTC))[0]
    assert phone.report().status_code == 201
    services.disable_user(session, username="leader", now=datetime.now(UTC))
    assert phone.report(client_report_id="two").status_code == 401


def test_without_an_area_the_pass_ends_and_who_signs_in_is_heard_for_a_person_to_look_at(
    phone, session
) -> None:
    session.execute(text("delete from gridsvc.user_scope"))
    session.expire_all()
    assert phone.report().status_code == 401
    token = phone.browser.get("/report/session").json["csrf_token"]
    made = phone.browser.post("/api/v1/incidents", json=BODY, headers={"X-CSRFToken": token})
    assert (made.status_code, made.json["review_reason"]) == (201, ["scope_lost"])


def test_with_another_area_a_report_from_the_old_one_waits_for_a_person(phone, session) -> None:
    session.execute(update(UserScope).values(prefix=toy_town.code(2, 1)))
    session.expire_all()
    made = phone.report()
    assert (made.status_code, made.json["review_reason"]) == (201, ["outside_scope"])


@pytest.mark.parametrize("steps", [[13 / 24], [*([11 / 24] * 31)]], ids=["idle", "old"])
def test_a_pass_ends_after_twelve_idle_hours_and_after_two_weeks(
    phone, monkeypatch, steps: list[float]
) -> None:
    passed = 0.0
    told = []
    for days in steps:
        passed += days
        later(monkeypatch, days=passed)
        told.append(phone.ask("GET", "/report/session").status_code)
    assert told == [200] * (len(told) - 1) + [401]


def test_signing_out_ends_the_pass_and_a_new_one_replaces_the_old(phone, session) -> None:
    before = phone.kept
    phone.kept = phone.new_pass().json["pass"]
    assert phone.ask("GET", "/report/session").status_code == 200
    phone.sign_in()  # again, as after a break: the pass stays
    assert phone.ask("GET", "/report/session").status_code == 200
    token = phone.browser.get("/report/session").json["csrf_token"]
    phone.browser.post("/sign-out", data={"csrf_token": token})
    assert phone.ask("GET", "/report/session").status_code == 401
    phone.kept = before
    assert phone.ask("GET", "/report/session").status_code == 401
    assert session.query(AccessToken).filter_by(kind="phone").count() == 0


def test_signing_out_ends_the_pass_also_when_an_answer_begun_before_it_came_last(phone) -> None:
    session_before = phone.browser.get_cookie("gridsvc").value
    phone.kept = phone.new_pass().json["pass"]
    phone.browser.set_cookie("gridsvc", session_before)
    token = phone.browser.get("/report/session").json["csrf_token"]
    phone.browser.post("/sign-out", data={"csrf_token": token})
    assert phone.ask("GET", "/report/session").status_code == 401


def test_a_mark_that_we_did_not_write_ends_nobodys_pass(phone, session) -> None:
    number = session.query(AccessToken.id).filter_by(kind="phone").scalar()
    phone.browser.set_cookie("gridsvc-phone", str(number))
    token = phone.browser.get("/report/session").json["csrf_token"]
    phone.browser.post("/sign-out", data={"csrf_token": token})
    assert phone.ask("GET", "/report/session").status_code == 200


def test_a_program_with_a_token_gets_no_pass(app, session, phone) -> None:
    issued = services.issue_bearer(session, "leader", PASSWORD, None, datetime.now(UTC))
    headers = {"Authorization": f"Bearer {issued[0]}", "Accept": "application/json"}
    assert app.test_client().post("/report/pass", headers=headers).status_code == 403
