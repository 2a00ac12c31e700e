"""Maps for people: a frame or a tile source in, a folium map out; nothing is fetched here."""

from __future__ import annotations

from dashboards.verbatim import install

# Before any map can be made, so that no caller can forget it.
install()
