"""Requests nobody means well with: refused in one answer, and nothing of them left in the log."""

from __future__ import annotations

import json
from dataclasses import replace

import peopled_town
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gridsvc.accounts.models import SignInAttempt
from gridsvc.accounts.rules import Role
from gridsvc.app import create_app

TYPED = "seeded-and-secret-4711"
WRONG = {"username": "nobody", "password": TYPED}


@pytest.fixture
def app(session, database):
    peopled_town.build(session)
    return peopled_town.app_in(session, database)


@pytest.fixture
def without_database(database):
    """The service while its database is away, and a browser that was signed in before."""
    client = create_app(replace(database, database_url=f"{database.database_url}&port=1"))
    browser = client.test_client()
    with browser.session_transaction() as cookie:
        cookie["token"] = "of-yesterday"
    return browser


@pytest.mark.parametrize(
    "address",
    [
        "/maps/open-issues?category=%00",
        "/maps/open-issues/heat?category=a%00b",
        "/maps/grids/cards/520302%00",
        "/work?category=%00",
        "/api/v1/teams?after=%00",
        "/api/v1/incidents?category=%00",
    ],
)
def test_a_character_that_no_text_can_hold_is_refused(app, session, address):
    viewer = peopled_town.Viewer(app, session, Role.DISTRICT)
    assert viewer.get(address).status_code == 400


@pytest.mark.parametrize(
    "body", ["[" * 200_000, '{"username": ' * 100_000, '{"username": "a\\u0000", "password": "b"}']
)
def test_a_body_that_cannot_be_meant_is_refused(app, body):
    answer = app.test_client().post("/api/v1/tokens", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["code"] == "bad_input"


def sign_in(client, username, password):
    page = client.get("/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": token, "username": username, "password": password}
    return client.post("/sign-in", data=sent).status_code


def test_the_sign_in_form_refuses_it_too(app):
    assert sign_in(app.test_client(), "a\0b", "b") == 400


def test_signing_in_again_ends_the_session_before(app, session):
    peopled_town.Viewer(app, session, Role.DISTRICT)
    client, kept = app.test_client(), app.test_client()
    assert sign_in(client, "district", "correct horse") == 303
    with client.session_transaction() as cookie, kept.session_transaction() as copied:
        copied.update(cookie)
    assert kept.get("/work").status_code == 200
    assert sign_in(client, "district", "correct horse") == 303
    assert client.get("/work").status_code == 200
    assert kept.get("/work").status_code == 302


def test_who_is_not_signed_in_is_told_so_and_not_of_a_page_that_was_open_for_too_long(app):
    visitor = app.test_client()
    assert visitor.post("/api/v1/incidents", json={}).status_code == 401
    assert visitor.post("/sign-in", data={"username": "a", "password": "b"}).status_code == 400


def test_a_program_ends_its_token_by_signing_out(app, session):
    peopled_town.Viewer(app, session, Role.DISTRICT)
    client = app.test_client()
    given = {"username": "district", "password": "correct horse"}
    bearer = {"Authorization": f"Bearer {client.post('/api/v1/tokens', json=given).json['token']}"}
    assert client.get("/api/v1/incidents", headers=bearer).status_code == 200
    assert client.post("/sign-out", headers=bearer).status_code == 303
    assert client.get("/api/v1/incidents", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    "address", ["/", "/sign-in", "/work", "/maps/coverage", "/api/v1/grids", "/nothing-here"]
)
def test_without_its_database_the_service_says_so_and_keeps_its_headers(without_database, address):
    answer = without_database.get(address)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "object-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_log_tells_of_a_fault_without_what_was_typed(without_database, capsys):
    assert without_database.post("/api/v1/tokens", json=WRONG).status_code == 503
    logged = capsys.readouterr().out
    assert "OperationalError" in json.loads(logged)["exception"]
    assert TYPED not in logged


def test_an_address_cannot_write_a_line_of_its_own_into_the_log(without_database, capsys):
    without_database.get("/grids/1%0d%0a%1b[2Jall%20is%20well")
    logged = capsys.readouterr().out
    assert logged.count("\n") == 1
    assert logged.strip().isprintable()


def test_a_failing_statement_keeps_its_values_to_itself(session):
    with pytest.raises(DBAPIError, match="division by zero") as caught:
        session.execute(text("select 1 / 0 where :typed <> ''"), {"typed": TYPED})
    assert TYPED not in str(caught.value)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "10.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "nobody's", None),
    ],
)
def test_failures_count_for_the_address_that_our_own_proxies_saw(
    session, database, proxies, forwarded, counted
):
    app = peopled_town.app_in(session, replace(database, proxies=proxies))
    headers = {"X-Forwarded-For": forwarded}
    assert app.test_client().post("/api/v1/tokens", json=WRONG, headers=headers).status_code == 401
    attempt = session.query(SignInAttempt).one()
    assert attempt.address == counted
