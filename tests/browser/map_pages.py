"""A page with a map, its tiles and its figures, served from folders under the strict policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import toy_town

from dashboards import TileSource
from gridsvc.web.atlas.folium_parts import parts

STATIC = Path(__file__).parents[2] / "gridsvc" / "web" / "static"
HOSTILE = "<img src=x onerror=window.__pwned=1>${window.__pwned=1}{{7*191}}"
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-n0'; style-src 'self' 'nonce-n0'; "
    "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'"
)
TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
CENTRE = (toy_town.WEST + 1.5 * toy_town.CELL_DEG, toy_town.SOUTH + 1.5 * toy_town.CELL_DEG)
SOURCE = TileSource(
    grids="/tiles/{z}/{x}/{y}.mvt?on={on}&v={v}",
    figures="/figures?kind=visits",
    heat="/heat",
    findings="/findings",
    card="/cards/{code}",
    bounds=(CENTRE[0] - 0.0016, CENTRE[1] - 0.0016, CENTRE[0] + 0.0016, CENTRE[1] + 0.0016),
    on="2026-11-22",
    version=1,
)


def figures(shade: int) -> dict[str, Any]:
    codes = sorted(toy_town.grids()["code"])
    # The fifth grid is the middle one: no data, so that its hatch can be looked at.
    classes = [-1 if i == 4 else shade for i in range(9)]
    return {
        "on": "2026-11-22",
        "v": 1,
        "as_of": "2026-11-22T08:30:00Z",
        "total": {"value": 0.5, "num": 1, "den": 2},
        "grids": {
            "code": codes,
            "name": [HOSTILE] * 9,
            "class": classes,
            "value": [0.5] * 9,
            "num": [1] * 9,
            "den": [2] * 9,
            "flags": [0] * 9,
        },
    }


def card(code: str) -> dict[str, Any]:
    links = [{"label": "打开", "href": "/grids/1"}, {"label": "外", "href": "//elsewhere.example/"}]
    facts = [{"label": "走访", "value": HOSTILE}]
    return {"code": code, "title": HOSTILE, "bbox": SOURCE.bounds, "facts": facts, "links": links}


class Town(ThreadingHTTPServer):
    """Serves one page with its tiles and figures, and lets a test change what is answered."""

    daemon_threads = True
    pages: dict[str, str]
    answers: dict[str, Callable[[str], Any]]
    tiles: Path


class Answer(BaseHTTPRequestHandler):
    """One request."""

    server: Town

    def log_message(self, *_: object) -> None:
        """Stay quiet."""

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        """Answer from the folder, the table or the pages."""
        path = self.path.partition("?")[0]
        first, _, rest = path[1:].partition("/")
        if first in self.server.pages:
            self.reply(self.server.pages[first].encode(), "text/html; charset=utf-8")
        elif first in self.server.answers:
            answer = self.server.answers[first](self.path)
            status = 503 if "detail" in answer else 200
            self.reply(json.dumps(answer).encode(), "application/json", status)
        elif first == "tiles":
            tile = (self.server.tiles / rest).with_suffix(".pbf")
            found = tile.read_bytes() if tile.is_file() else b""
            self.reply(found, "application/vnd.mapbox-vector-tile", 200 if found else 204)
        elif first == "static" and (STATIC / rest).is_file():
            self.reply((STATIC / rest).read_bytes(), TYPES[Path(rest).suffix])
        else:
            self.reply(b"", "image/x-icon", 204)

    def reply(self, body: bytes, kind: str, status: int = 200) -> None:
        """Send it with the policy."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        with suppress(ConnectionError):  # the client drops what it no longer needs
            self.end_headers()
            self.wfile.write(body)


def page_of(made: Any) -> str:
    cut = parts(made, "n0", lambda path: f"/static/{path}")
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>m</title>{cut.head}'
        '<style nonce="n0">body{margin:0} main{height:100vh}</style></head>'
        f"<body><main>{cut.html}</main>{cut.script}</body></html>"
    )
