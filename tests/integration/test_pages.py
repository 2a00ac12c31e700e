"""What the pages say, over the peopled town whose counts are known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import peopled_town
import pytest
import toy_town
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from peopled_town import TOWN, Viewer
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from undone import undone

import gridsvc
from gridsvc.accounts import services
from gridsvc.accounts.rules import Role
from gridsvc.grids.models import Division
from gridsvc.settings import Settings

DAY = "on=2026-09-16"
WEB = Path(gridsvc.__file__).parent / "web"
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
GRID = toy_town.code(1, 1)


@pytest.fixture(scope="module")
def town(engine: Engine) -> Iterator[Session]:
    with undone(engine) as session:
        peopled_town.build(session)
        session.commit()
        yield session


@pytest.fixture(scope="module")
def app(town: Session, database: Settings):
    return peopled_town.app_in(town, replace(database, language="en"))


@pytest.fixture(scope="module")
def street(app, town: Session) -> Viewer:
    return Viewer(app, town, Role.STREET_STAFF, TOWN)


@pytest.fixture(scope="module")
def visitor(app, town: Session) -> Viewer:
    return Viewer(app, town, None)


def read(viewer: Viewer, path: str, **headers: str) -> str:
    """Give the words of a page's main part, tags taken out."""
    answer = viewer.get(path, **{**PAGE, **headers})
    assert answer.status_code == 200, answer.status
    main = answer.get_data(as_text=True).split("<main")[1].split("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_the_street_office_starts_with_three_numbers_and_the_story(street: Viewer) -> None:
    words = read(street, "/")
    # 7 + 13 + 4 in a grid and 1 outside; sensitive ones are the handlers' alone
    assert "25 open" in words
    assert "1 nobody's" in words
    assert "Where is nobody in charge? 5 of 9 grids" in words


def test_every_number_of_the_start_page_leads_to_the_list_behind_it(street: Viewer) -> None:
    page = street.get("/", **PAGE).get_data(as_text=True)
    for wanted in ("/work?only=overdue", "/work?only=nobodys", "kind=staffing", "kind=visits"):
        assert wanted in page
    nobodys = street.get("/work?only=nobodys", **PAGE).get_data(as_text=True)
    assert nobodys.count('<td class="n"><a href="/work/') == 1


def test_the_list_of_a_map_puts_the_worst_first(street: Viewer) -> None:
    page = street.get(f"/maps/coverage?kind=staffing&{DAY}", **PAGE).get_data(as_text=True)
    rows = re.findall(r'<tr data-code="(\d+)">', page)
    assert rows[0] == toy_town.code(1, 5)
    assert rows[-1] == toy_town.code(1, 1)
    assert page.count("no team</span></td>") == 5 and "Name a team" in page
    assert "There is no team: the street office" in read(street, f"/grids/{rows[0]}?{DAY}")
    assert toy_town.code(1, 1)[:12] + "901" not in rows


def test_open_work_shows_numerator_denominator_and_the_day(street: Viewer) -> None:
    path = f"/maps/open-issues?measure=per_100_households&{DAY}"
    words = read(street, path)
    assert "24 open cases among 1,500 households" in words
    narrowed = read(street, f"{path}&in={TOWN}001")
    assert "7 open cases among 1,170 households" in narrowed


def test_a_grid_names_posts_and_no_person(street: Viewer) -> None:
    words = read(street, f"/grids/{GRID}?{DAY}")
    assert "7 of 7 posts are held" in words
    assert "4 of 120 dwellings reached" in words
    assert "As it was on 2026-09-16." in words
    page = street.get(f"/grids/{GRID}", **PAGE).get_data(as_text=True)
    assert 'href="tel:08511"' in page


def test_a_day_before_the_first_grids_is_told_as_such(street: Viewer) -> None:
    said = street.get(f"/work?on=2020-01-01&in={TOWN}", **PAGE).get_data(as_text=True)
    assert "There were no grids here on 2020-01-01: the first ones hold from 2026-01-01." in said
    assert "Names and household ranges are today's" in said
    known = street.get("/coverage?as_of=2020-01-01", **PAGE).get_data(as_text=True)
    assert "Nothing had been recorded by 2020-01-01" in known
    assert 'class="remark"' not in street.get(f"/work?{DAY}", **PAGE).get_data(as_text=True)


def test_a_resident_sees_the_team_and_masked_counts_alone(visitor: Viewer) -> None:
    words = read(visitor, f"/grids/{toy_town.code(2, 1)}")
    assert "10 or more" in words
    assert "Posts of the team" not in words
    assert "How its shape came about" not in words


def test_a_position_leads_to_its_grid_and_never_to_a_hidden_one(visitor: Viewer) -> None:
    lon, lat = toy_town.position(0.5, 0.5)
    found = visitor.get(f"/grids/locate?lon={lon}&lat={lat}", **PAGE)
    assert found.headers["Location"] == f"/grids/{toy_town.code(2, 1)}"
    lon, lat = toy_town.position(0.5, 2.5)
    assert visitor.get(f"/grids/locate?lon={lon}&lat={lat}", **PAGE).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/maps/coverage?kind=colour",
        "/maps/coverage?on=yesterday",
        "/maps/coverage?on=2026-02-30",
        "/maps/open-issues?measure=loud",
        "/maps/open-issues?level=moon",
        "/maps/open-issues?category=no-such",
        "/maps/open-issues?older_than_days=-1",
        "/maps/grids?in=drop%20table",
        "/maps/grids?page=0",
        "/work?page=999999999999",
        "/work?id=abc",
        "/grids/locate?lon=1e400&lat=NaN",
        "/grids/locate",
    ],
)
def test_a_wrong_address_is_told_in_one_sentence(street: Viewer, path: str) -> None:
    answer = street.get(path, **PAGE)
    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "What to do now" in page
    assert answer.headers["X-Request-Id"] in page


def test_the_office_finds_a_closed_case_by_its_number(street: Viewer) -> None:
    answer = street.get("/work?id=7", **PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/work/7")


def test_nothing_public_leads_a_visitor_to_the_form_and_back(visitor: Viewer, town) -> None:
    public = update(Division).where(Division.code == f"{TOWN}002")
    town.execute(public.values(public_map=False))
    town.commit()
    try:
        assert visitor.get("/", **PAGE).headers["Location"] == "/sign-in"
        asked = visitor.get("/maps/grids?page=1", **PAGE)
        assert asked.headers["Location"] == "/sign-in?next=/maps/grids?page%3D1"
        page = visitor.get("/sign-in", **PAGE).get_data(as_text=True)
        assert "/maps/grids" not in page
    finally:
        town.execute(public.values(public_map=True))
        town.commit()


def test_names_of_accounts_are_shown_on_the_demo_alone(app, town, visitor: Viewer) -> None:
    services.add_user(
        town, username="street", role=Role.STREET_STAFF, password="correct horse", prefixes=[TOWN]
    )
    plain = app.extensions["gridsvc.settings"]
    assert "Accounts of the demo" not in read(visitor, "/sign-in")
    app.extensions["gridsvc.settings"] = replace(plain, demo_password="correct horse")
    try:
        words = read(visitor, "/sign-in")
        assert "street Street office" in words
        assert "correct horse" not in words
    finally:
        app.extensions["gridsvc.settings"] = plain


def test_pages_hold_no_inline_style_and_no_script_without_nonce(street: Viewer) -> None:
    for path in ("/", "/work", "/maps/open-issues", f"/grids/{GRID}", "/sign-in", "/nowhere"):
        page = street.get(path, **PAGE).get_data(as_text=True)
        assert not re.search(r'<[^>]+\sstyle="', page.split("<main")[1].split("<script")[0]), path
        assert not re.search(r"<[^>]+\son[a-z]+=", page.split("<script nonce")[0]), path
        for tag in re.findall(r"<(?:script|style)\b[^>]*>", page):
            assert "nonce=" in tag or 'src="/static/' in tag, path


def test_every_text_has_its_chinese() -> None:
    with (WEB / "translations/zh_Hans_CN/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN")
    root = Path(gridsvc.__file__).parents[1]
    methods = [("gridsvc/**.py", "python"), ("dashboards/**.py", "python"),
               ("gridsvc/web/templates/**.html", "jinja2")]  # fmt: skip
    words = {"_": None, "gettext": None, "lazy_gettext": None, "N_": None, "ngettext": (1, 2)}
    found = {
        message
        for folder in ("gridsvc", "dashboards")
        for _, _, message, _, _ in extract_from_dir(
            root / folder,
            [(pattern.removeprefix(f"{folder}/"), how) for pattern, how in methods],
            keywords=words,
        )
    }
    assert len(found) > 200
    for message in found:
        said = catalogue.get(message[0] if isinstance(message, tuple) else message)
        assert said is not None and said.string and not said.fuzzy, message
    assert {one.id for one in catalogue if one.id} <= found, "texts that nobody says any more"
