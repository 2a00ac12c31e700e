from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import folium
import pytest
from folium.plugins import GeoMan, HeatMap

ROOT = Path(__file__).parents[3]
spec = importlib.util.spec_from_file_location("vendor", ROOT / "scripts" / "vendor.py")
vendor = importlib.util.module_from_spec(spec)
spec.loader.exec_module(vendor)
ROWS = json.loads(vendor.TABLE.read_text(encoding="utf-8"))["files"]


@pytest.mark.parametrize(
    "css",
    [
        "a { background: url(https://x.example/a.png) }",
        "a { background: url('//x.example/a.png') }",
        '@import "http://x.example/a.css";',
        "a { background: url(missing.png) }",
    ],
)
def test_a_style_sheet_that_reaches_outside_or_nowhere_is_refused(css: str, tmp_path: Path) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text(css, encoding="utf-8")
    with pytest.raises(SystemExit, match=r"a\.css"):
        vendor.refuse_outside_links(sheet)


def test_links_inside_a_data_address_reach_nothing(tmp_path: Path) -> None:
    sheet = tmp_path / "a.css"
    sheet.write_text('a { background: url("data:image/svg+xml,fill=url(%23b)") }', encoding="utf-8")
    vendor.refuse_outside_links(sheet)


def test_the_table_knows_every_address_that_the_elements_we_use_name() -> None:
    known = {row.get("address") for row in ROWS}
    ours = folium.folium._default_js + folium.folium._default_css
    leaflet = [url for _, url in ours if "/leaflet@" in url]
    named = [url for one in (GeoMan, HeatMap) for _, url in (*one.default_js, *one.default_css)]
    assert leaflet
    assert set(leaflet + named) <= known


def test_every_npm_file_belongs_to_a_pinned_package() -> None:
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert all(version[0].isdigit() for version in pinned.values())
    sources = [row["from"].removeprefix("node_modules/") for row in ROWS if "node_m" in row["from"]]
    assert all(any(one.startswith(f"{name}/") for name in pinned) for one in sources)


def test_the_lock_file_has_a_hash_for_every_package_and_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    packages = [value for path, value in lock.items() if path]
    assert all(one["integrity"].startswith("sha512-") for one in packages)
    assert not [one for one in packages if "resolved" in one]
