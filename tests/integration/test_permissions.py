"""Every route × every role and the visitor, against a table written by hand (``who_may``).

A route that is not in the table fails the walk, so nobody can add one without saying there who may
use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import toy_town
from apiflask import APIFlask
from flask.testing import FlaskClient
from peopled_town import TOWN, Viewer
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from undone import undone
from who_may import HEARD, HOW, READING, WITHOUT_COOKIE, WRITING
from who_may.house import House, furnished
from who_may.roles import EVERYBODY, PUBLIC_GRID, SIGNED_IN, VISITOR

from gridsvc.accounts import services
from gridsvc.accounts.rules import PERMISSIONS, Permission, Role, requires
from gridsvc.incidents.models import Incident
from gridsvc.settings import Settings


@pytest.fixture(scope="module")
def house(engine: Engine, database: Settings) -> Iterator[House]:
    with undone(engine) as session:
        made = furnished(session, database)
        made.app.add_url_rule("/untagged", view_func=lambda: "open?", endpoint="untagged")
        yield made


def rules(app: APIFlask, *, safe: bool) -> set[str]:
    methods = {"GET"} if safe else {"POST", "PUT", "PATCH", "DELETE"}
    found = {one.rule for one in app.url_map.iter_rules() if one.methods & methods}
    return found - {"/untagged"}


def asked(viewer: Viewer, path: str) -> int:
    answer = viewer.get(path)
    answer.close()
    return answer.status_code


def test_every_route_stands_in_the_table(house: House) -> None:
    assert rules(house.app, safe=True) == set(READING) | set(HEARD)
    assert rules(house.app, safe=False) == set(WRITING)


@pytest.mark.parametrize("rule", sorted(READING))
def test_a_route_answers_those_of_the_table_and_refuses_the_others(house: House, rule: str) -> None:
    pattern, allowed = READING[rule]
    told = {role: asked(one, house.address(pattern)) for role, one in house.viewers.items()}
    for role, status in told.items():
        refused = 401 if role is VISITOR else 403
        assert status < 400 if role in allowed else status == refused, told


@pytest.mark.parametrize("path", HEARD.values())
def test_a_public_address_of_nothing_is_answered_alike_for_everybody(
    house: House, path: str
) -> None:
    assert {asked(one, path) for one in house.viewers.values()} == {404}


def test_whoever_is_signed_in_may_all_that_a_visitor_may() -> None:
    assert all(PERMISSIONS[None] <= held for held in PERMISSIONS.values())
    opened = [allowed for _, allowed in READING.values() if VISITOR in allowed]
    assert opened and all(allowed == EVERYBODY for allowed in opened)


def test_a_view_without_a_tag_is_refused_to_everybody(house: House) -> None:
    told = {viewer.get("/untagged").status_code for viewer in house.viewers.values()}
    assert told == {403}


def test_a_tag_is_what_opens_a_view(house: House) -> None:
    view = house.app.view_functions["untagged"]
    try:
        requires(Permission.OPEN)(view)
        assert house.viewers[VISITOR].get("/untagged").status_code == 200
    finally:
        del view.permission


def signed_in(house: House, role: Role) -> FlaskClient:
    """A browser with a session cookie, as the form leaves it; set directly, tokens are tested."""
    client = house.app.test_client()
    made = services.sign_in(
        house.session,
        username=f"{role.value}{TOWN}",
        password="correct horse",
        address=None,
        now=datetime.now(UTC),
    )
    assert made is not None
    with client.session_transaction() as cookie:
        cookie["token"] = made[0]
    return client


@pytest.mark.parametrize("rule", sorted(set(WRITING) - WITHOUT_COOKIE))
def test_nothing_is_sent_with_a_cookie_and_without_its_token(house: House, rule: str) -> None:
    client, how = signed_in(house, Role.STREET_STAFF), HOW.get(rule, "POST")
    assert client.open(WRITING[rule][0], method=how).status_code in (400, 403)
    nobody = house.app.test_client().open(WRITING[rule][0], method=how)
    assert nobody.status_code in (400, 401, 403)


@pytest.mark.parametrize("rule", sorted(WRITING))
def test_what_is_sent_is_refused_to_roles_that_do_not_stand_in_the_table(
    house: House, rule: str
) -> None:
    path, allowed = WRITING[rule]
    for role in SIGNED_IN - set(allowed):
        sender, how = house.viewers[role], HOW.get(rule, "POST")
        answer = sender._client.open(path, method=how, headers=sender._headers)
        assert answer.status_code == 403, role


def test_the_token_of_the_page_is_what_lets_a_form_through(house: House) -> None:
    client = signed_in(house, Role.STREET_STAFF)
    page = client.get("/work").get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": token, "next": "/work"}
    assert client.post("/language/en", data=sent).headers["Location"] == "/work"
    elsewhere = {**sent, "next": "//elsewhere.example/"}
    assert client.post("/language/zh", data=elsewhere).headers["Location"] == "/"


def test_reading_changes_nothing(house: House) -> None:
    before = fingerprint(house.session)
    for pattern, _ in READING.values():
        for viewer in house.viewers.values():
            asked(viewer, house.address(pattern))
    assert fingerprint(house.session) == before


def fingerprint(session: Session) -> dict[str, str]:
    """A hash of every table; whoever reads changes none of them but when the account was seen."""
    names = session.scalars(text("select tablename from pg_tables where schemaname = 'gridsvc'"))
    row = """
        select md5(coalesce(string_agg(told::text, '|' order by told::text), ''))
        from (select to_jsonb(t) - 'seen_at' as told from gridsvc.{} t) rows
    """
    return {name: session.scalar(text(row.format(name))) for name in names.all()}


@pytest.fixture(scope="module")
def leader(house: House) -> Viewer:
    """A leader of one grid that is not on the public map."""
    return Viewer(house.app, house.session, Role.LEADER, toy_town.code(1, 1))


@pytest.mark.parametrize("page", ["/grids/{}", "/maps/coverage/cards/{}", "/api/v1/grids/{}"])
def test_a_grid_outside_the_area_is_as_if_it_were_not_there(leader: Viewer, page: str) -> None:
    assert leader.get(page.format(toy_town.code(1, 1))).status_code == 200
    hidden = leader.get(page.format(toy_town.code(1, 2)))
    missing = leader.get(page.format("520302001001777"))
    assert hidden.status_code == missing.status_code == 404
    told = [one.json["detail"].replace(code, "") for one, code in (
        (hidden, toy_town.code(1, 2)), (missing, "520302001001777"))]  # fmt: skip
    assert told[0] == told[1]


def test_somebody_elses_case_is_as_if_it_were_not_there(house: House, leader: Viewer) -> None:
    own = house.session.query(Incident.id).filter_by(grid_code=toy_town.code(1, 1)).first()[0]
    for page in ("/work/{}", "/api/v1/incidents/{}"):
        assert leader.get(page.format(own)).status_code == 200
        assert leader.get(page.format(house.case)).status_code == 404
        assert leader.get(page.format(2**62)).status_code == 404


def test_the_work_list_holds_the_own_area_alone(house: House, leader: Viewer) -> None:
    page = leader.get("/work").get_data(as_text=True)
    assert page.count('<td class="n"><a href="/work/') == 7
    outside = leader.get(f"/work?in={PUBLIC_GRID}").get_data(as_text=True)
    assert "/work/" not in outside.split("<main")[1]


def test_a_disabled_account_is_out_at_its_next_request(house: House) -> None:
    lost = Viewer(house.app, house.session, Role.STREET_STAFF, "520303")
    assert lost.get("/work").status_code == 200
    services.disable_user(house.session, username="street_staff520303", now=datetime.now(UTC))
    assert lost.get("/work").status_code == 401
