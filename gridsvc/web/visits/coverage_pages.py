"""How far grids, staff and visits reach: one place in three readings, and the lists behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
from flask import Blueprint, Response, render_template
from flask_babel import gettext, ngettext

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.grids.shapes import findings
from gridsvc.reports.coverage import (
    Coverage,
    CoverageReading,
    broken_communities,
    by_part,
    coverage_of,
    coverage_rows,
    line_of,
)
from gridsvc.reports.staff_lines import staff_lines
from gridsvc.staffing.vacancies import vacancies, without_team
from gridsvc.web import asked
from gridsvc.web.frame import share
from gridsvc.web.languages import in_language
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.chart_prints import Chart, Row, chart_print
from gridsvc.web.reports import words
from gridsvc.web.reports.chosen import OFFERED, Chosen, about, below, chosen

blueprint = Blueprint("coverage", __name__)

_COMMUNITY_DIGITS = 12
ROWS = 200


@blueprint.get("/coverage")
@requires(Permission.VIEW_REPORTS)
def page() -> str | Response:
    """Show the three readings of a place, and how its parts compare."""
    wanted = _chosen()
    rows, broken = _read(wanted)
    parts = below(wanted.within, wanted) if len(wanted.within) < _COMMUNITY_DIGITS else []
    codes = [one.code for one in parts]
    compared = by_part(rows, broken, codes)
    if print_ := prints.wanted(svg=True):
        return _printed(print_, wanted, parts, compared)
    return render_template(
        "visits/visit_coverage.html",
        wanted=wanted,
        found=coverage_of(rows, broken, ""),
        parts=parts,
        compared=compared,
        **_missing(wanted, codes),
        grids=_lines(rows) if not parts else [],
        place=asked.place(wanted.within),
        **_common(),
    )


@blueprint.get("/coverage/grids")
@requires(Permission.VIEW_REPORTS)
def grids() -> str:
    """List what a figure of coverage counts: all of it, or what falls short alone."""
    wanted = _chosen()
    reading = asked.one_of("reading", CoverageReading) or CoverageReading.VISITS
    short = asked.whole_number("short", 1, 0, 1) == 1
    rows, _ = _read(wanted)
    found = _behind(reading, wanted, rows, short=short)
    number = asked.whole_number("page", 1, 1, 1000)
    return render_template(
        "visits/visit_coverage_grids.html",
        wanted=wanted,
        reading=reading.value,
        short=short,
        title=_title(reading, wanted, short=short),
        count=_count(reading, len(found)),
        rows=found[(number - 1) * ROWS : number * ROWS],
        page=number,
        pages=-(-len(found) // ROWS),
        **_common(),
    )


def _printed(
    print_: prints.Wanted, wanted: Chosen, parts: list[Any], compared: dict[str, Coverage]
) -> Response:
    """Answer how far visits reach in the parts of a place as a picture."""
    found = [(in_language(one.name, one.name_en), compared[one.code]) for one in parts]
    chart = Chart(
        title=gettext("Dwellings visited, place by place"),
        about=about(wanted),
        rows=[
            Row(name, None if one.rate is None else 100 * one.rate,
                f"{share(one.rate)} · {one.visited} / {one.dwellings}")
            for name, one in found
        ],
        lines=[80.0, 100.0],
        across=True,
        as_of=wanted.as_of,
    )  # fmt: skip
    return chart_print(chart, print_, f"coverage-{wanted.within or 'all'}-{wanted.period.start}")


def _chosen() -> Chosen:
    """Read what was asked for; the month before is the last that can be judged."""
    return chosen(edge.today().replace(day=1) - timedelta(days=1))


def _common() -> dict[str, Any]:
    return {
        "line_of": line_of,
        "words": words,
        "offered": OFFERED,
        "divisions": asked.divisions(),
    }


def _read(wanted: Chosen) -> tuple[pd.DataFrame, dict[str, bool]]:
    db = edge.session()
    rows = coverage_rows(db, wanted.scope, wanted.period, wanted.as_of, edge.today())
    return rows, broken_communities(db, wanted.scope, _day(wanted), wanted.as_of)


def _day(wanted: Chosen) -> date:
    """Return the day whose grids and staff are told: the period's last, or today."""
    return min(wanted.period.last_day, edge.today())


def _missing(wanted: Chosen, codes: list[str]) -> dict[str, Any]:
    """Count vacant posts, of the whole and of its parts, and apart from them bare grids."""
    db, on = edge.session(), _day(wanted)
    vacant = [one.place for one in vacancies(db, wanted.scope, on, wanted.as_of)]
    return {
        "on": on,
        "vacant": len(vacant),
        "vacant_in": {code: sum(one.startswith(code) for one in vacant) for code in codes},
        "bare": len(without_team(db, wanted.scope, on, wanted.as_of)),
    }


def _behind(
    reading: CoverageReading, wanted: Chosen, rows: pd.DataFrame, *, short: bool
) -> list[Any]:
    """Return the lines of a list: grids, or the gaps and overlaps of the territory."""
    db, on = edge.session(), _day(wanted)
    if reading is CoverageReading.TERRITORY:
        return findings(db, wanted.scope, on, wanted.as_of)
    if reading is CoverageReading.STAFFING:
        complete = set(rows.index[rows["staffed"]])
        lines = staff_lines(db, wanted.scope, on, wanted.as_of)
        return [one for one in lines if not short or one.code not in complete]
    return _lines(rows[rows["below"]] if short else rows)


def _lines(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Put the grids in order, the least visited first; what was not counted comes last."""
    ordered = rows.reset_index().sort_values(["rate", "code"], na_position="last")
    ordered["name"] = [
        code[-3:] if pd.isna(name) else in_language(name, None if pd.isna(name_en) else name_en)
        for code, name, name_en in zip(
            ordered["code"], ordered["name"], ordered["name_en"], strict=True
        )
    ]
    plain = ordered.astype(object).where(ordered.notna(), None)
    return list(plain.to_dict("records"))


def _title(reading: CoverageReading, wanted: Chosen, *, short: bool) -> str:
    """Say what a list holds, and where."""
    line = round(100 * line_of(wanted.period))
    texts = {
        (CoverageReading.VISITS, True): gettext(
            "Grids with fewer than %(line)s %% of their dwellings visited", line=line
        ),
        (CoverageReading.VISITS, False): gettext("Visits, grid by grid"),
        (CoverageReading.STAFFING, True): gettext("Grids that lack somebody"),
        (CoverageReading.STAFFING, False): gettext("Who answers for each grid"),
    }
    told = texts.get((reading, short), gettext("Gaps and overlaps of the grids"))
    place = asked.place(wanted.within)
    return f"{in_language(place.name, place.name_en)} · {told}" if place else told


def _count(reading: CoverageReading, found: int) -> str:
    if reading is CoverageReading.TERRITORY:
        return ngettext("%(num)s gap or overlap", "%(num)s gaps and overlaps", found)
    return ngettext("%(num)s grid", "%(num)s grids", found)
