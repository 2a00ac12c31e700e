"""The folium maps of the map pages: addresses and words in, no figures and no shapes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Literal
from urllib.parse import quote

import folium
from flask import request, url_for
from flask_babel import gettext

from dashboards.attention import attention_map
from dashboards.coverage import coverage_map
from dashboards.grids import grids_map
from dashboards.hot_spots import hot_spots_map
from dashboards.open_issues import open_issues_map
from dashboards.texts import TEXTS
from dashboards.tile_source import TileSource
from dashboards.zones import zones_map
from gridsvc import edge
from gridsvc.grids.opening import opening_view
from gridsvc.grids.queries import version
from gridsvc.web.asked import EVERYWHERE
from gridsvc.web.atlas.figures import CoverageKind

_FIGURES = {
    "attention": "maps.attention_figures",
    "coverage": "maps.coverage_figures",
    "open-issues": "maps.open_issue_figures",
    "grids": "maps.grid_figures",
    "hot-spots": "maps.hot_spot_figures",
}
# Where a map without any grid or outline opens: the country's extent, rounded outwards.
_COUNTRY = (73.0, 18.0, 136.0, 54.0)


def coverage_page_map(kind: CoverageKind, on: date, within: str = "") -> folium.Map:
    """Make the map of who answers for every household, or who was visited."""
    source = _source("coverage", on, within, kind=kind)
    return coverage_map(source, reading=kind, texts=_texts())


def open_issues_page_map(
    measure: Literal["density", "per_100_households"],
    on: date,
    within: str = "",
    *,
    bandwidth_m: int = 150,
    **filters: str | int | None,
) -> folium.Map:
    """Make the map of where work is still open.

    ``filters`` are ``category``, ``older_than_days`` and ``level`` as the addresses take them.
    """
    heat = {"bandwidth_m": bandwidth_m} if measure == "density" else None
    source = _source("open-issues", on, within, heat=heat, **filters)
    return open_issues_map(source, measure=measure, bandwidth_m=bandwidth_m, texts=_texts())


def attention_page_map(on: date, within: str = "") -> folium.Map:
    """Make the start page's map: where somebody is needed, and why."""
    return attention_map(_source("attention", on, within), texts=_texts())


def hot_spots_page_map(on: date, within: str = "", **asked: Any) -> folium.Map:
    """Make the map of hot spots; ``asked`` as its figures' address takes it."""
    return hot_spots_map(_source("hot-spots", on, within, **asked), texts=_texts())


def grids_page_map(on: date, within: str = "") -> folium.Map:
    """Make the map of the grids alone."""
    return grids_map(_source("grids", on, within), texts=_texts())


def zones_page_map(on: date, within: str = "") -> folium.Map:
    """Make the map of contact zones: counts by grid from afar, the zones themselves from near."""
    about, tiles = _source("grids", on, within), f"{quote(request.script_root)}/tiles"
    where: dict[str, Any] = {"on": on.isoformat(), "in": within or EVERYWHERE}
    source = replace(
        about,
        figures=url_for("zones.figures", **where),
        zones=f"{tiles}/zones/{{z}}/{{x}}/{{y}}.mvt?on={{on}}",
    )
    return zones_map(source, texts=_texts())


def _source(
    map_name: str,
    on: date,
    within: str,
    *,
    heat: dict[str, Any] | None = None,
    **asked: Any,
) -> TileSource:
    db = edge.session()
    where: dict[str, Any] = {"on": on.isoformat(), "in": within or EVERYWHERE}
    tiles = f"{quote(request.script_root)}/tiles"
    # What stands out is told of a whole area; a click on a grid opens the card of its open work.
    about = "open-issues" if map_name == "hot-spots" else map_name
    card = url_for("maps.card", map_name=about, code="CODE", kind=asked.get("kind"))
    joint = "&" if "?" in card else "?"
    return TileSource(
        grids=f"{tiles}/grids/{{z}}/{{x}}/{{y}}.mvt?on={{on}}&v={{v}}",
        base=f"{tiles}/base/{{z}}/{{x}}/{{y}}.mvt?v={version(db, 'base')}",
        figures=url_for(_FIGURES[map_name], **where, **asked),
        heat=url_for("maps.open_issue_heat", **where, **asked, **heat) if heat else None,
        findings=url_for("maps.findings", **where),
        card=card.replace("CODE", "{code}") + f"{joint}on={{on}}",
        bounds=opening_view(db, edge.sight(), on, within) or _COUNTRY,
        on=on.isoformat(),
        version=version(db),
        time_zone=edge.settings().time_zone,
    )


def _texts() -> dict[str, str]:
    return {key: gettext(text) for key, text in TEXTS.items()}
