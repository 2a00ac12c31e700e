"""Where a map page finds what it shows, when the shapes come as tiles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TileSource:
    """Addresses for the browser, all on the page's own host (docs/maps.md says what they answer).

    Attributes
    ----------
    grids : str
        Tile address with ``{z} {x} {y}`` and, best, ``{on}`` and ``{v}``.
    figures : str
        Address of the figures.
    bounds : tuple of float
        West, south, east, north in degrees (EPSG:4326): the first view.
    on : str
        Date whose grids are shown, ISO 8601.
    version : int
        Version of the shapes.
    base, heat, findings : str, optional
        Base map tiles, heat cells, gaps and overlaps.
    card : str, optional
        Card address with ``{code}``.
    zones : str, optional
        Tile address of contact zones, drawn from map zoom 15 on.
    time_zone : str, optional
        Zone in which the instant of the figures is told; the browser's when not given.
    """

    grids: str
    figures: str
    bounds: tuple[float, float, float, float]
    on: str
    version: int
    base: str | None = None
    heat: str | None = None
    findings: str | None = None
    card: str | None = None
    zones: str | None = None
    time_zone: str | None = None
