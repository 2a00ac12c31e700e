"""A chart on paper or as a picture, drawn from the very rows of the table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response, render_template
from flask_babel import gettext

from gridsvc.errors import BadInput
from gridsvc.web.prints.wanted import Form, Wanted, answer, file

#: Bars on one sheet, since thinner ones bear no name that can be read; and points of a line.
MOST_ROWS, MOST_POINTS = 80, 400
# Names below a line stand beside each other as long as they are so few.
_NAMED = 12
_MARGIN_MM = 10.0
# Of the sheet, in mm: heading and source; names on the left, figures on the right of bars.
_TOP_MM, _BOTTOM_MM, _NAMES_MM, _SAID_MM = 24.0, 14.0, 56.0, 46.0
_THICKEST_MM = 10.0
_TICKS = 5


@dataclass(frozen=True)
class Row:
    """One row of the table: its value, or nothing counted; ``said`` tells what it is made of.

    What was counted from few is drawn hollow, so that no peak of two cases is believed; ``even``
    is where an even pace would stand.
    """

    name: str
    value: float | None
    said: str
    few: bool = False
    even: float | None = None


@dataclass(frozen=True)
class Chart:
    """Values of several places (``across``: bars) or periods (a line), and lines to hold them to.

    ``about`` says place and period, ``as_of`` up to when the records were read. The field ends at
    ``most``: 100 per cent, or a goal that is counted.
    """

    title: str
    about: str
    rows: Sequence[Row]
    lines: Sequence[float]
    across: bool
    as_of: datetime
    most: float = 100.0
    unit: str = " %"


@dataclass(frozen=True)
class Mark:
    """A row on the sheet, in mm: where its bar begins and ends, or where its point lies."""

    row: Row
    x: float
    y: float
    wide: float
    high: float
    named: bool = True


@dataclass(frozen=True)
class Plot:
    """The drawing in mm: its field, the ticks' places, the lines' places, and its marks."""

    wide: float
    high: float
    left: float
    top: float
    right: float
    bottom: float
    ticks: list[tuple[float, float]]
    lines: list[tuple[float, float]]
    marks: list[Mark]
    course: str
    even: str
    letter: float


def chart_print(chart: Chart, wanted: Wanted, name: str) -> Response:
    """Answer a chart as PDF, PNG or SVG: one drawing, whatever it is written as.

    Raises
    ------
    BadInput
        There is nothing to draw, or more than one sheet holds.
    """
    if not chart.rows:
        raise BadInput(gettext("There is nothing to draw: choose a wider area."), ["in"])
    if len(chart.rows) > (MOST_ROWS if chart.across else MOST_POINTS):
        raise BadInput(
            gettext(
                "%(count)s bars do not fit on a sheet: choose a smaller area.",
                count=len(chart.rows),
            ),
            ["in"],
        )
    drawn = render_template(
        "prints/chart_drawing.html", chart=chart, plot=plotted(chart, wanted.size_mm)
    )
    if wanted.form is Form.SVG:
        return file(drawn.encode(), Form.SVG, name)
    page = render_template(
        "prints/chart_paper.html", size_mm=wanted.size_mm, chart=chart, drawn=drawn
    )
    return answer(page, wanted, name)


def plotted(chart: Chart, size_mm: tuple[float, float]) -> Plot:
    """Lay a chart out on a sheet; from 0 to the most there can be is always the whole field.

    Examples
    --------
    >>> rows = [Row("a", 50.0, "1 / 2")]
    >>> chart = Chart("", "", rows, [95.0], across=True, as_of=datetime(2026, 1, 1))
    >>> plot = plotted(chart, (297.0, 210.0))
    >>> plot.marks[0].wide / (plot.right - plot.left)
    0.5
    """
    wide, high = (side - 2 * _MARGIN_MM for side in size_mm)
    left, right = (_NAMES_MM, wide - _SAID_MM) if chart.across else (12.0, wide - 12.0)
    top, bottom = _TOP_MM, high - _BOTTOM_MM - (0 if chart.across else 14)
    each = ((bottom - top) if chart.across else (right - left)) / len(chart.rows)
    each = min(each, _THICKEST_MM) if chart.across else each
    if chart.across:
        bottom = top + each * len(chart.rows)

    def at(value: float) -> float:
        part = min(value / chart.most, 1.0)
        return left + (right - left) * part if chart.across else bottom - (bottom - top) * part

    gap = -(-len(chart.rows) // _NAMED)
    marks = [
        Mark(row, left, top + each * (n + 0.15), at(row.value or 0) - left, each * 0.7)
        if chart.across
        else Mark(row, left + each * (n + 0.5), at(row.value or 0), 0.0, 0.0, n % gap == 0)
        for n, row in enumerate(chart.rows)
    ]
    room = each * gap if not chart.across else each
    return Plot(
        wide=wide, high=high, left=left, top=top, right=right, bottom=bottom,
        ticks=[(n * chart.most / _TICKS, at(n * chart.most / _TICKS)) for n in range(_TICKS + 1)],
        lines=[(one, at(one)) for one in chart.lines],
        marks=marks,
        course=_course([(one.x, one.y if one.row.value is not None else None) for one in marks]),
        even=_course([(o.x, None if o.row.even is None else at(o.row.even)) for o in marks]),
        letter=min(3.4, room * (0.62 if chart.across else 0.15)),
    )  # fmt: skip


def _course(points: Sequence[tuple[float, float | None]]) -> str:
    """Join the points of a line; where nothing was counted it is broken."""
    path, down = "", False
    for x, y in points:
        path += f"{'L' if down else 'M'}{x:.2f} {y:.2f}" if y is not None else ""
        down = y is not None
    return path
