"""What the form asks and tells before it sends: extra questions, who gets it, the other grid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live_service import serving
from phone import Phone, at_work, choose, wait_until_kept
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import Engine, text

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

PLACE = (106.912895, 27.713322)
ASKED = """
    insert into gridsvc.category_question
        (category_id, code, rank, datatype, required, prompt, prompt_en, choices)
    select c.id, q.* from gridsvc.category c, (values
        ('size', 1, 'number', true, '坑有多大（米）？', 'How wide, in metres?', '[]'::jsonb),
        ('kind', 2, 'singlevaluelist', true, '在哪里？', 'Where is it?',
            '[{"key": "lane", "name": "车道"}, {"key": "walk", "name": "人行道"}]'),
        ('since', 3, 'datetime', false, '何时发现？', 'Since when?', '[]')
    ) q where c.code = 'road' and c.valid_to is null
"""
TEAM = """
    insert into gridsvc.specialist_team (team_id, category_id)
    select (select id from gridsvc.team where kind = 'specialist' order by code limit 1), c.id
    from gridsvc.category c where c.code = 'road' and c.valid_to is null
    on conflict do nothing
"""


def fill(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text(ASKED))
        connection.execute(text(TEAM))


@pytest.fixture(scope="module")
def service(settings: Any, demo_template: str) -> Iterator[tuple[str, Engine]]:
    with serving(settings, demo_template, fill) as found:
        yield found


def stand(phone: Phone, place: tuple[float, float] = PLACE, accuracy: float = 8) -> None:
    phone.stand(*place, accuracy)
    phone.page.locator("#report-here").click()
    expect(phone.page.locator("#report-how")).to_contain_text("±")


def newest(service: tuple[str, Engine]) -> Any:
    query = "select answers, grid_code from gridsvc.incident order by id desc limit 1"
    with service[1].connect() as connection:
        return connection.execute(text(query)).one()


def test_the_questions_of_a_category_are_asked_and_answered_without_a_network(
    phone, service
) -> None:
    page = at_work(phone)
    phone.context.set_offline(True)
    page.reload()
    stand(phone)
    choose(page, "垃圾堆放")
    expect(page.locator("#report-questions")).to_be_hidden()
    choose(page, "路面破损")
    page.locator("#report-send").click()
    expect(page.locator("#report-missing")).to_contain_text("坑有多大")
    page.locator("[name='answer.size']").fill("半")
    page.locator("#report-questions label").filter(has_text="人行道").click()
    page.locator("#report-send").click()
    expect(page.locator("#report-missing")).to_contain_text("坑有多大")
    page.locator("[name='answer.size']").fill("0,4")
    # Half written, it is there again.
    wait_until_kept(page, "draft", "draft.answers.size === '0.4' && draft.answers.kind === 'walk'")
    page.reload()
    expect(page.locator("[name='answer.size']")).to_have_value("0.4")
    expect(page.locator("[name='answer.kind']:checked")).to_have_value("walk")
    page.locator("#report-send").click()
    expect(page.locator("#report-list .report-waiting")).to_have_count(1)
    phone.context.set_offline(False)
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert newest(service).answers == {"size": 0.4, "kind": "walk"}


def test_a_report_that_was_refused_goes_back_on_the_form_and_out_again(phone, service) -> None:
    page = at_work(phone)
    phone.context.set_offline(True)
    stand(phone)
    choose(page, "噪声扰民")
    page.locator("#report-sentence").fill("夜里很吵")
    page.locator("#report-send").click()
    # Meanwhile the office asks more than the phone knew.
    more = ASKED.replace("'road'", "'noise'")
    with service[1].begin() as connection:
        connection.execute(text(more))
    phone.context.set_offline(False)
    expect(page.locator("#report-list .report-needs")).to_have_count(1)
    page.reload()
    page.locator("#report-ready").wait_for()
    page.locator(".report-verbs button").filter(has_text="放回表单").click()
    expect(page.locator("#report-sentence")).to_have_value("夜里很吵")
    expect(page.locator("#report-list .report-needs")).to_have_count(0)
    page.locator("[name='answer.size']").fill("2")
    page.locator("[name='answer.kind']").first.check()
    page.locator("#report-send").click()
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert newest(service).answers["size"] == 2


def test_before_sending_it_says_who_works_on_it_and_until_when(phone) -> None:
    page = at_work(phone)
    stand(phone)
    choose(page, "路面破损")
    expect(page.locator("#report-phone")).to_be_visible()
    way = page.locator("#report-way")
    expect(way).to_contain_text("协办")
    expect(way).to_contain_text("到期")
    expect(page.locator(".leaflet-control-zoom-in")).to_have_attribute("title", "放大")
    stand(phone, (PLACE[0] + 1, PLACE[1]))
    expect(way).to_contain_text("由枫林社区处理")
    phone.context.set_offline(True)
    page.reload()
    stand(phone)
    choose(page, "路面破损")
    expect(page.locator("#report-phone")).to_be_visible()
    expect(way).to_contain_text("协办")
    expect(way).to_contain_text("工作日")


def test_at_an_edge_the_grid_of_others_is_offered_without_their_team(phone, service) -> None:
    """The demo's leader has community 003; its neighbours in 002 are not on the public map."""
    edge = """
        select st_x(p), st_y(p), other from (
            select st_lineinterpolatepoint(st_geometryn(st_linemerge(st_collectionextract(
                st_intersection(st_boundary(a.geom), st_boundary(b.geom)), 2)), 1), 0.5) as p,
                b.grid_code as other
            from gridsvc.grid_boundary a join gridsvc.grid_boundary b
                on st_dimension(st_intersection(a.geom, b.geom)) = 1
            where a.grid_code like '520398001003%' and b.grid_code not like '520398001003%'
                and a.valid_to is null and b.valid_to is null
                and b.grid_code not like '%9__'
        ) x order by other limit 1
    """
    with service[1].begin() as connection:
        connection.execute(text("update gridsvc.division set public_map = false"))
        connection.execute(
            text(
                "update gridsvc.user_scope set prefix = '520398001003' where prefix ="
                " '520398001003001'"
            )
        )
        lon, lat, other = connection.execute(text(edge)).one()
    page = at_work(phone)
    stand(phone, (lon, lat), 15)
    offered = page.locator(f"#report-candidates input[value='{other}']")
    expect(offered).to_be_visible()
    offered.check()
    expect(page.locator("#report-grid")).to_contain_text("不在您的范围内")
    expect(page.locator("#report-phone")).to_be_hidden()
    kept = page.evaluate("fetch('/report/area').then((answer) => answer.json())")["grids"]
    foreign = [one for one in kept if not one["code"].startswith("520398001003")]
    assert foreign
    assert {(one["own"], one["team"], one["phone"]) for one in foreign} == {(False, None, None)}
    choose(page, "垃圾堆放")
    page.locator("#report-send").click()
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    assert newest(service).grid_code == other


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_head_of_the_form_is_one_line(play, service, tmp_path, locale) -> None:
    phone = Phone(play, tmp_path / "profile", service[0], locale=locale)
    page = at_work(phone)
    stand(phone)
    page.locator("#report-categories label").nth(3).click()
    expect(page.locator("#report-way")).not_to_be_empty()
    assert page.locator("header.top").bounding_box()["height"] <= 56
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.close()


def a_photo_taken(folder: Path, lon: float, lat: float) -> Path:
    """Draw a photo whose camera wrote down where it was, to a tenth of a second of arc."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: sexagesimal(lat), 3: "E", 4: sexagesimal(lon), 0x1F: 12.5}
    path = folder / f"{lon}-{lat}.jpg"
    Image.new("RGB", (640, 480), "#567").save(path, exif=exif)
    return path


def sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes = degrees % 1 * 60
    return (float(int(degrees)), float(int(minutes)), minutes % 1 * 60)


def test_a_photo_that_knows_its_place_gives_it_to_the_report(phone, service, tmp_path) -> None:
    phone.how["permissions"] = []
    page = at_work(phone)
    page.locator("input[name=photo]").set_input_files(a_photo_taken(tmp_path, *PLACE))
    expect(page.locator("#report-how")).to_have_text("±13 米 · 照片拍摄地点")
    choose(page, "路灯不亮")
    page.locator("#report-send").click()
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    with service[1].connect() as connection:
        lon, lat, *how = connection.execute(
            text(
                "select st_x(geom), st_y(geom), provenance, accuracy_m from gridsvc.incident"
                " order by id desc limit 1"
            )
        ).one()
    assert (lon, lat) == pytest.approx(PLACE, abs=1e-6)
    assert how == ["photo", 12.5]


def test_a_photo_from_elsewhere_offers_its_place_and_takes_none_away(phone, tmp_path) -> None:
    page = at_work(phone)
    phone.stand(*PLACE)
    page.locator("#report-here").click()
    expect(page.locator("#report-how")).to_contain_text("GPS")
    page.locator("input[name=photo]").set_input_files(a_photo_taken(tmp_path, *PLACE))
    expect(page.locator("#report-photos img")).to_have_count(1)
    expect(page.locator("#report-taken")).to_be_hidden()
    elsewhere = a_photo_taken(tmp_path, PLACE[0] + 0.005, PLACE[1])
    page.locator("input[name=photo]").set_input_files(elsewhere)
    expect(page.locator("#report-taken")).to_contain_text("49")
    expect(page.locator("#report-how")).to_contain_text("GPS")
    page.locator("#report-taken").click()
    expect(page.locator("#report-how")).to_contain_text("照片拍摄地点")
    expect(page.locator("#report-taken")).to_be_hidden()
    damaged = tmp_path / "damaged.jpg"
    damaged.write_bytes(elsewhere.read_bytes()[:60])
    page.locator("input[name=photo]").set_input_files(damaged)
    expect(page.locator("#report-how")).to_contain_text("照片拍摄地点")


def test_a_face_is_covered_by_a_finger_and_the_photo_published(phone, service, tmp_path) -> None:
    page = at_work(phone)
    page.locator("input[name=photo]").set_input_files(a_photo_taken(tmp_path, *PLACE))
    expect(page.locator("#report-photos img")).to_have_count(1)
    choose(page, "路灯不亮")
    page.locator("#report-send").click()
    expect(page.locator("#report-list .report-sent")).to_have_count(1)
    page.locator("#report-list a").first.click()
    page.locator(".photos a").click()
    page.wait_for_function("() => document.querySelector('#photo-whole img')?.naturalWidth > 0")
    page.wait_for_load_state()
    photo = page.locator("#photo-whole img").bounding_box()
    for share in (0.25, 0.75):
        page.mouse.move(photo["x"] + share * photo["width"], photo["y"] + 40)
        page.mouse.down()
        page.mouse.move(photo["x"] + share * photo["width"] - 60, photo["y"] + 10, steps=3)
        page.mouse.up()
    expect(page.locator("#photo-whole span")).to_have_count(2)
    page.locator("#photo-undo").click()
    page.locator("input[name=publish]").check()
    with page.expect_navigation():
        page.locator("#photo-whole ~ form button:not([type])").click()
    expect(page.locator("#photo-whole span")).to_have_count(1)
    with service[1].connect() as connection:
        asked = "select covers, published_at from gridsvc.photo order by id desc limit 1"
        covers, published = connection.execute(text(asked)).one()
    scale = 640 / photo["width"]
    expected = [160 - 60 * scale, 10 * scale, 60 * scale, 30 * scale]
    assert covers == [pytest.approx(expected, abs=2)]
    assert published is not None
