"""What anybody may read: a grid's page, services, pledges; and never anything of a person."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import peopled_town
import pytest
import toy_town
from peopled_town import SINCE, TODAY, TOWN, Viewer
from sqlalchemy import text
from sqlalchemy.orm import Session
from test_permissions import READING, VISITOR

from gridsvc.accounts import services
from gridsvc.accounts.models import UserAccount
from gridsvc.accounts.rules import Role, Scope
from gridsvc.errors import BadInput, NotFound
from gridsvc.public import pledges, queries
from gridsvc.public.intake import import_services
from gridsvc.public.pledges import PledgeWish

PUBLIC, HIDDEN = toy_town.code(2, 1), toy_town.code(1, 1)
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
EXAMPLE = Path(__file__).parents[2] / "data" / "catalogue" / "public_services.csv"
#: Whatever tells of a person, or was written by one for the office alone.
PERSONAL = {
    "user_account": ("username", "title"),
    "incident": ("description", "source_ref"),
    "incident_event": ("note",),
    "reporter_contact": ("name", "phone", "email"),
    "audit_log": ("subject",),
    "contact_look": ("reason",),
}


@pytest.fixture
def town(session: Session) -> Session:
    peopled_town.build(session)
    session.execute(
        text("insert into gridsvc.team_assignment (grid_code, team_id, valid_from)"
             " select :code, id, :since from gridsvc.team where code = 'T4'"),
        {"code": PUBLIC, "since": SINCE},
    )  # fmt: skip
    return session


@pytest.fixture
def street(town: Session) -> UserAccount:
    return services.add_user(
        town, username="street", role=Role.STREET_STAFF, password="correct horse", prefixes=[TOWN]
    )


@pytest.fixture
def visitor(town: Session, database) -> Viewer:
    return Viewer(peopled_town.app_in(town, database), town, None)


def promise(town: Session, by: UserAccount, whose: str, sentence: str, **more: date):
    wish = PledgeWish(whose, sentence, None, more.get("valid_from", TODAY), more.get("valid_to"))
    return pledges.make_pledge(town, wish, by, by.scope)


def test_the_whitelist_of_a_grid_has_these_fields_and_no_other() -> None:
    told = {one.__name__: {field.name for field in fields(one)}
            for one in (queries.PublicGrid, queries.PublicPoint, queries.Entry)}  # fmt: skip
    assert told == {
        "PublicGrid": {"code", "name", "above", "team", "duty_phone", "branch", "pledges",
                       "public", "lon", "lat"},
        "PublicPoint": {"name", "tier", "address", "phone", "services", "distance_m"},
        "Entry": {"code", "name", "limit_days", "materials", "materials_en", "fee", "tiers"},
    }  # fmt: skip


def test_no_public_answer_tells_of_a_person(town: Session, street, visitor: Viewer) -> None:
    town.execute(text("insert into gridsvc.reporter_contact (incident_id, name)"
                      " select min(id), 'x' from gridsvc.incident"))  # fmt: skip
    promise(town, street, PUBLIC, "上门走访")
    for table, columns in PERSONAL.items():
        # What was written once stays as it is: guards would refuse it.
        town.execute(text("set constraints all immediate"))
        town.execute(text(f"alter table gridsvc.{table} disable trigger user"))
        for column in columns:
            unique = " || id" if column == "username" else ""
            town.execute(text(f"update gridsvc.{table} set {column} = 'canary'{unique}"))
    paths = [path for path, allowed in READING.values() if VISITOR in allowed and "{" not in path]
    assert len(paths) > 25
    told = set()
    for path in paths:
        with visitor.get(path, Accept="*/*") as answer:
            told |= {path} if b"canary" in answer.data else set()
    assert told == set()
    office = Viewer(visitor._client.application, town, Role.DISTRICT, TOWN)
    assert b"canary" in office.get("/api/v1/incidents").data


def test_a_grids_page_says_whom_to_ring_and_what_is_pledged(
    town: Session, street: UserAccount, visitor: Viewer
) -> None:
    promise(town, street, TOWN, "当天答复")
    promise(town, street, "T4", "周五走访", valid_to=TODAY + timedelta(4000))
    promise(town, street, HIDDEN, "别处的承诺")
    promise(town, street, PUBLIC, "以后的承诺", valid_from=date(2099, 1, 1))
    page = visitor.get(f"/g/{PUBLIC}", **PAGE).get_data(as_text=True)
    assert 'href="tel:08511"' in page and "队4" in page and "<svg" in page
    assert "当天答复" in page and "周五走访" in page
    assert "别处的承诺" not in page and "以后的承诺" not in page
    bar = re.findall(r'<a href="[^"]*"( aria-current="true")?>([^<]+)</a>', page)
    here = ' aria-current="true"'
    assert (here, "For residents") in bar and ("", "Area projects") in bar
    assert visitor.get(f"/g/{HIDDEN}", **PAGE).status_code == 404
    lon, lat = toy_town.position(0.5, 0.5)
    assert visitor.get(f"/g?lon={lon}&lat={lat}").headers["Location"] == f"/g/{PUBLIC}"


def test_the_code_of_a_former_grid_leads_to_those_that_took_its_place(
    town: Session, visitor: Viewer
) -> None:
    town.execute(text("update gridsvc.grid_boundary set valid_to = '2026-03-01'"
                      " where grid_code = :code"), {"code": PUBLIC})  # fmt: skip
    heir = f"{TOWN}002101"
    peopled_town.add_grid(town, heir, toy_town.cell(0, 0), 180)
    town.flush()
    page = visitor.get(f"/g/{PUBLIC}", **PAGE)
    assert page.status_code == 200 and f'href="/g/{heir}"' in page.get_data(as_text=True)
    assert visitor.get("/g/520302001002777", **PAGE).status_code == 404


def test_services_are_loaded_by_editions_and_shown_with_limit_and_materials(
    town: Session, visitor: Viewer, tmp_path: Path
) -> None:
    first = import_services(town, EXAMPLE)
    assert (first.added, import_services(town, EXAMPLE).unchanged) == (12, 12)
    page = visitor.get("/services?q=dog", **PAGE).get_data(as_text=True)
    assert "3 working days" in page and "Proof of vaccination" in page and "of 12" in page
    head = "code,name,division,limit_days,valid_from,valid_to\n"
    file = tmp_path / "own.csv"
    for row, named in (
        ("dog-registration,犬,,2,2026-01-01,", "still in force"),
        ("new,新,520302009,2,2026-01-01,", "no division"),
        ("new,新,,3 days,2026-01-01,", "limit_days"),
    ):
        file.write_text(head + row + "\n", encoding="utf-8")
        with pytest.raises(BadInput, match=named), town.begin_nested():
            import_services(town, file)
    file.write_text(f"{head}new,新,{TOWN}001,0,2026-01-01,\n", encoding="utf-8")
    import_services(town, file)
    assert "new" in {one.code for one in queries.services_on(town, HIDDEN, TODAY)}
    assert "new" not in {one.code for one in queries.services_on(town, PUBLIC, TODAY)}
    assert "new" not in {one.code for one in queries.services_on(town, HIDDEN, date(2025, 6, 1))}
    file.write_text("code,name,valid_from\nnew,新名,2026-01-01\n", encoding="utf-8")
    assert import_services(town, file).changed == 1
    (named,) = (one for one in queries.services_on(town, HIDDEN, TODAY) if one.code == "new")
    assert (named.name.text, named.limit_days) == ("新名", 0)
    assert "new" not in {one.code for one in queries.services_on(town, PUBLIC, TODAY)}


def test_pledges_are_the_offices_own_and_name_nobodys_number(
    town: Session, street: UserAccount
) -> None:
    with pytest.raises(BadInput):
        promise(town, street, TOWN, "请打13812345678")
    with pytest.raises(NotFound):
        promise(town, street, "520302", "全区的承诺")
    made = promise(town, street, TOWN, "当天答复", valid_from=TODAY - timedelta(9))
    assert promise(town, street, TOWN, "当天答复") is made
    count = pledges.pledges(town, street.scope, "", TODAY, offset=0, limit=5)[0]
    with pytest.raises(NotFound):
        pledges.end_pledge(town, made.id, street, Scope((f"{TOWN}001",)), TODAY)
    pledges.end_pledge(town, made.id, street, street.scope, TODAY)
    assert made.valid_to == TODAY and count == 1
    assert pledges.pledges(town, street.scope, "", TODAY, offset=0, limit=5)[0] == 0
