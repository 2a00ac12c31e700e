"""Cards and posters as PDF; needs an application's context, and no request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from sqlalchemy.orm import Session

from gridsvc.accounts.rules import Scope
from gridsvc.cards.orders import Print
from gridsvc.cards.rules import CardKind, Paper
from gridsvc.errors import BadInput
from gridsvc.public.queries import Entry, Points, PublicGrid, PublicPoint, public_grids, services_on
from gridsvc.public.rules import EMERGENCY
from gridsvc.settings import Settings
from gridsvc.web.atlas.service_point_pages import TIERS
from gridsvc.web.cards import sheets
from gridsvc.web.cards.fitting import LEAST_PT, fitted
from gridsvc.web.languages import LOCALES
from gridsvc.web.public import words
from gridsvc.web.public.grid_drawing import Drawing, drawing_of
from gridsvc.web.public.qr import Code, code_of

#: Service points that a card names.
POINTS = 2
#: Sides that a card may have; what has no place on them is said to stand on the page.
SIDES = {CardKind.CONTACT: 1, CardKind.SERVICE: 2, CardKind.POSTER: 1}
#: The map's field on a poster of A4; on A3 everything is √2 times as large.
MAP_MM = (186.0, 134.0)
_SCALE = {Paper.A4: 1.0, Paper.A3: 2**0.5}


@dataclass(frozen=True)
class Face:
    """What stands on the cards of one grid; no code where there is no page that it could lead to.

    ``entries`` is the length of its list: pledges, then services.
    """

    grid: PublicGrid
    code: Code | None
    entries: int
    services: list[Entry]
    points: list[PublicPoint]
    drawing: Drawing | None


def page_address(base_url: str, code: str) -> str:
    """Return the public address of a grid, which its printed code leads to."""
    return f"{base_url}/g/{code}"


def print_pdf(session: Session, wanted: Print, codes: tuple[str, ...], on: date) -> bytes:
    """Set the cards of some grids as one PDF, with the facts of a day.

    Raises
    ------
    BadInput
        None of the grids is in force on the day.
    """
    grids = public_grids(session, codes, on)
    if not grids:
        raise BadInput("These grids were redrawn since: print anew.", codes)
    with force_locale(LOCALES[wanted.language]):
        template = current_app.jinja_env.get_template(f"cards/card_{wanted.kind.value}.html")
        points = Points(session, Scope((codes[0][:6],)), on)
        faces = [_face(session, wanted, one, points, on) for one in grids]

        def written(entries: Mapping[str, int], size: float) -> str:
            return template.render(
                faces=[one for one in faces if one.grid.code in entries],
                entries=entries,
                size=size,
                least_pt=LEAST_PT,
                language=wanted.language,
                scale=_SCALE[wanted.paper] if wanted.kind is CardKind.POSTER else 1.0,
                paper=wanted.paper.value.upper(),
                on=on,
                map_mm=MAP_MM,
                emergency=EMERGENCY,
                words=words,
                tiers=TIERS,
            )

        entries = {one.grid.code: one.entries for one in faces}
        document, sides = fitted(entries, written, SIDES[wanted.kind])
    return sheets.write(document, sheets.sheet_of(wanted.kind, wanted.paper), sides, wanted.copies)


def setter(settings: Settings) -> Any:
    """Return what sets the parts of a printing, with the facts of the day it is called on."""

    def set_part(session: Session, wanted: Print, codes: tuple[str, ...]) -> bytes:
        on = datetime.now(ZoneInfo(settings.time_zone)).date()
        return print_pdf(session, wanted, codes, on)

    return set_part


def _face(session: Session, wanted: Print, grid: PublicGrid, points: Points, on: date) -> Face:
    address = page_address(wanted.base_url, grid.code)
    field_mm = (side * _SCALE[wanted.paper] for side in MAP_MM)
    poster, service = (wanted.kind is one for one in (CardKind.POSTER, CardKind.SERVICE))
    services = services_on(session, grid.code, on) if service else []
    return Face(
        grid=grid,
        code=code_of(address) if wanted.base_url and grid.public else None,
        entries=len(services) + len(grid.pledges) if poster or service else 0,
        services=services,
        points=points.nearest(grid.lon, grid.lat, POINTS),
        drawing=drawing_of(session, grid.code, on, *field_mm) if poster else None,
    )
