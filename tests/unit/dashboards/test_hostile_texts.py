"""No text that reaches a map is run, neither on the server nor as markup in the browser."""

from __future__ import annotations

from itertools import count

import folium
import geopandas as gpd
import pytest
import shapely
from branca.element import Element

from dashboards import TileSource, coverage_map, grids_map, open_issues_map, verbatim
from dashboards.texts import TEXTS

# Long enough never to stand in one of the random names that folium gives to its elements.
SUM, ANSWER = "{{7*191000000063}}", str(7 * 191000000063)
PAYLOADS = [
    SUM,
    "{% raise x %}",
    "100% {% 完成",
    "{# open",
    "${7*191000000063}",
    "`+7*191000000063+`",
    "</script><script>window.__pwned=1</script>",
    "<img src=x onerror=window.__pwned=1>",
    "line\u2028line",
    "C:\\2019",
    "'\"&amp;",
]


def frame(text: str) -> gpd.GeoDataFrame:
    row = {"code": [text], "name": [text], "value": [0.5], "num": [1.0], "den": [2.0]}
    return gpd.GeoDataFrame(row, geometry=[shapely.box(106, 27, 106.01, 27.01)], crs=4326)


def source(text: str) -> TileSource:
    return TileSource(text, text, (106, 27, 107, 28), text, 1, text, text, text, text)


def built(text: str) -> list[folium.Map]:
    texts = dict.fromkeys(TEXTS, text)
    made = []
    for grids in (frame(text), source(text)):
        made += [
            coverage_map(grids, reading=reading, texts=texts, as_of=text)
            for reading in ("households", "staffing", "visits")
        ]
        made += [
            open_issues_map(grids, measure=measure, texts=texts, as_of=text)
            for measure in ("density", "per_100_households")
        ]
        made.append(grids_map(grids, texts=texts, as_of=text))
    return made


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_text_in_every_field_is_shown_and_not_run(payload: str) -> None:
    for one in built(payload):
        page = one.get_root().render()
        assert ANSWER not in page
        assert "<script>window" not in page
        assert "<img" not in page
        assert "\u2028" not in page.partition("<script>\n")[2]


@pytest.fixture
def without_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, render in verbatim.ORIGINAL.items():
        monkeypatch.setattr(kind, "render", render)


@pytest.mark.usefixtures("without_the_cure")
def test_the_guard_sees_the_hole_where_the_cure_is_missing() -> None:
    pages = [one.get_root().render() for one in built(SUM)]
    assert all(ANSWER in page for page in pages)


def ordinary_page(monkeypatch: pytest.MonkeyPatch) -> str:
    numbers = count()
    monkeypatch.setattr(Element, "_generate_id", classmethod(lambda cls: f"{next(numbers):032d}"))
    made = folium.Map([27.7, 106.9], tiles=None)
    folium.Marker([27.7, 106.9], popup="老城\n", tooltip="3 < 4").add_to(made)
    folium.GeoJson(frame("老城").to_json()).add_to(made)
    return str(made.get_root().render())


def test_an_ordinary_page_stays_the_same_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    cured = ordinary_page(monkeypatch)
    for kind, render in verbatim.ORIGINAL.items():
        monkeypatch.setattr(kind, "render", render)
    assert cured == ordinary_page(monkeypatch)


def test_installing_twice_changes_nothing() -> None:
    before = {kind: kind.render for kind in verbatim.ORIGINAL}
    verbatim.install()
    assert before == {kind: kind.render for kind in verbatim.ORIGINAL}
    assert before != verbatim.ORIGINAL
