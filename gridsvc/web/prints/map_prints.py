"""A map page on paper: the same grids, classes and masking, at a scale that a ruler confirms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from flask import Response, render_template
from flask_babel import format_decimal, gettext

from dashboards.scales import FUNCTIONAL, MASKED, NO_DATA, OUT_OF_RANGE, SCALES, Scale
from dashboards.texts import TEXTS
from gridsvc import edge
from gridsvc.accounts.rules import Sight
from gridsvc.errors import BadInput
from gridsvc.geo.crs import STORAGE
from gridsvc.geo.paper.heat_field import class_path, heat_field
from gridsvc.geo.paper.sheet import Sheet, fitting_scale, laid_out, path
from gridsvc.grids import queries as territory
from gridsvc.grids.shapes import findings
from gridsvc.incidents.heat import Heat
from gridsvc.plans.surroundings import base_map
from gridsvc.web import asked
from gridsvc.web.languages import in_language
from gridsvc.web.prints.labels import Label, labels
from gridsvc.web.prints.marks import Mark, Places, marked
from gridsvc.web.prints.wanted import OFFERED_SCALES, PAPERS, Wanted, answer

#: A city of 20,000 grids is drawn in a few seconds; more is nobody's sheet of paper.
MOST_GRIDS = 25_000
#: What title, legend and margins take of the paper, in mm.
_BESIDE_MM, _ABOVE_MM = 92.0, 38.0
#: At smaller scales lanes are a grey veil.
LANES_UP_TO = 15_000
#: From so many cases at one place, weighed by distance, a colour; the last is the map's full one.
_HEAT = ((0.5, "#fad9b8"), (2.5, "#f2b077"), (5.0, "#dc7f33"), (10.0, "#a04a08"))


@dataclass(frozen=True)
class Fill:
    """One class: its shapes in one path, its colour, and whether it is hatched over."""

    path: str
    colour: str
    words: str
    pattern: str = ""
    target: str = ""


@dataclass
class Drawing:
    """What a map's template lays on paper.

    Attributes
    ----------
    fills : list of Fill
        In the order in which they are painted; the legend tells them from the last to the first.
    lines, outlines, dashed, faults : str
        Paths: the grids that no fill draws, those outside their range, functional grids, gaps and
        overlaps.
    before : str
        Lines of an earlier state.
    marks : list of Mark
        Places over it all, told in the legend in this order.
    ruled : bool
        Whether fills are grids, each with its line: one path less is half the time.
    notes : list of str
        Sentences of the legend that no colour says.
    """

    sheet: Sheet
    sentence: str
    fills: list[Fill]
    lines: str
    outlines: str = ""
    dashed: str = ""
    before: str = ""
    faults: str = ""
    marks: list[Mark] = field(default_factory=list)
    ruled: bool = False
    labels: list[Label] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def map_print(
    template: str,
    print_: Wanted,
    legend: str,
    heat: Heat | None = None,
    /,
    places: Sequence[Places] = (),
    sight: Sight | None = None,
    **page: Any,
) -> Response:
    """Answer a map page as a print.

    Parameters
    ----------
    template : str
        The page's own: its block ``answer`` tells the number on paper, too.
    legend : str
        What is coloured: a key of ``SCALES``, ``density`` or ``grids``.
    heat : Heat, optional
        For ``density``, as the viewer may see it.
    places : sequence of Places
        What is marked over the grids.
    sight : Sight, optional
        Whose grids are drawn; all that the viewer sees when none is given.
    page : dict
        What the page was rendered with: ``heading``, ``found`` (or, where that is something else,
        ``figures``), ``on``, ``within``.

    Raises
    ------
    BadInput
        There is nothing to draw, or too much for the paper at this scale.
    """
    figures = page["figures"] if "figures" in page else page["found"]
    sight = sight or edge.sight()
    grids = territory.grids_frame(edge.session(), sight, page["on"], page["within"])
    sheet = grid_sheet(grids, print_)
    drawing = _classed(sheet, figures.grids, legend)
    if heat is not None:
        _heated(drawing, heat, page["bandwidth_m"])
    found = findings(edge.session(), territory.shown(sight, page["within"]), page["on"])
    drawing.marks = marked(sheet, places)
    if drawing.marks:
        drawing.sentence = _word("legend")
    drawing.faults = _put(sheet, [shapely.from_geojson(one.geojson) for one in found])
    return printed(template, print_, drawing, **page)


def printed(template: str, print_: Wanted, drawing: Drawing, /, **page: Any) -> Response:
    """Answer a drawing as a print, in the frame that every map on paper has."""
    within, on = page["within"], page["on"]
    place = asked.place(within)
    html = render_template(
        template,
        layout="prints/map_paper.html",
        drawing=drawing,
        size_mm=print_.size_mm,
        lanes=drawing.sheet.scale <= LANES_UP_TO,
        place=in_language(place.name, place.name_en) if place else "",
        shapes_version=territory.version(edge.session()),
        **page,
    )
    return answer(html, print_, f"map-{within or 'all'}-{on}")


def grid_sheet(grids: gpd.GeoDataFrame, wanted: Wanted) -> Sheet:
    """Lay grids out on the paper that was asked for, above the base map.

    Raises
    ------
    BadInput
        There is no grid, there are too many, or they do not fit at the scale asked for.
    """
    if grids.empty:
        raise BadInput(gettext("There is no grid here on this day to be drawn."), ["in"])
    if len(grids) > MOST_GRIDS:
        raise BadInput(
            gettext(
                "%(count)s grids do not fit on a sheet: choose a smaller division.",
                count=len(grids),
            ),
            ["in"],
        )
    field_mm = (wanted.size_mm[0] - _BESIDE_MM, wanted.size_mm[1] - _ABOVE_MM)
    fitting = fitting_scale(grids, *field_mm)
    if fitting is None:
        raise BadInput(gettext("This is too large for one sheet: choose a smaller area."), ["in"])
    if wanted.scale and wanted.scale < fitting:
        raise BadInput(
            gettext(
                "At 1 : %(scale)s this area is larger than the paper (%(paper)s): choose 1 :"
                " %(fitting)s, larger paper or a smaller area.",
                scale=format_decimal(wanted.scale),
                paper=PAPERS[wanted.paper],
                fitting=format_decimal(next(one for one in OFFERED_SCALES if one >= fitting)),
            ),
            ["scale"],
        )
    return laid_out(
        grids, base_map(edge.session(), grids.total_bounds.tolist()), *field_mm, wanted.scale
    )


def _classed(sheet: Sheet, rows: pd.DataFrame, legend: str) -> Drawing:
    """Gather the outlines of each class into one path: 20,000 shapes are drawn in seconds."""
    scale = SCALES.get(legend)
    step, flags = rows["class"].to_dict(), rows["flags"].to_dict()
    shapes: dict[Any, list[str]] = {}
    for cell in sheet.cells:
        flag = int(flags.get(cell.code, 0))
        lies_over = flag & FUNCTIONAL
        own = int(step[cell.code]) if scale and cell.code in step else "lines"
        shapes.setdefault("dashed" if lies_over else own, []).append(cell.path)
        if flag & OUT_OF_RANGE and not lies_over:
            shapes.setdefault("outlines", []).append(cell.path)
    paths = {key: "".join(one) for key, one in shapes.items()}
    ranged = legend in ("households", "grids")
    return Drawing(
        sheet=sheet,
        sentence=_word(legend),
        fills=_fills(scale, paths) if scale else [],
        lines=paths.get("lines", ""),
        outlines=paths.get("outlines", "") if ranged else "",
        dashed=paths.get("dashed", ""),
        ruled=scale is not None,
        labels=labels(sheet, rows),
    )


def _fills(scale: Scale, paths: dict[Any, str]) -> list[Fill]:
    found = [
        Fill(paths.get(kind, ""), "#fff", _word(word), word)
        for kind, word in ((MASKED, "masked"), (NO_DATA, "no_data"))
        if kind in paths
    ]
    for index, step in enumerate(scale.steps):
        words = _word(step.label) if step.label in TEXTS else step.label
        met = _word(f"{scale.reading}.target") if index == scale.target else ""
        pattern = "crossed" if step.crossed else ""
        found.append(Fill(paths.get(index, ""), step.colour, words, pattern, met))
    return found


def _heated(drawing: Drawing, heat: Heat, bandwidth_m: int) -> None:
    sheet = drawing.sheet
    lon, lat, cases = zip(*heat.cells, strict=True) if heat.cells else ((), (), ())
    places = shapely.get_coordinates(
        sheet.put(gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=STORAGE))
    )
    surface = heat_field(
        places[:, 0],
        places[:, 1],
        cases,
        bandwidth_mm=bandwidth_m * 1000 / sheet.scale,
        wide_mm=sheet.wide_mm,
        high_mm=sheet.high_mm,
    )
    drawing.fills = [
        Fill(class_path(surface, bound), colour, f"≥ {bound:g}") for bound, colour in _HEAT
    ]
    drawing.notes = [
        gettext("Open cases at one place, weighed by distance"),
        _word("density.bandwidth").replace("{metres}", str(bandwidth_m)),
    ]
    if heat.hidden:
        drawing.notes.append(_word("density.hidden").replace("{count}", str(heat.hidden)))


def _word(key: str) -> str:
    return gettext(TEXTS[key])


def _put(sheet: Sheet, shapes: list[Any]) -> str:
    placed = sheet.put(gpd.GeoSeries(shapes, crs=STORAGE))
    return "".join(path(one) for one in placed)
