"""One closed period: its figures on screen, as a workbook and on paper, and counted again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
from flask import Blueprint, Response, render_template, request
from flask_babel import gettext
from sqlalchemy import select

from dashboards.scales import SCALES
from gridsvc import edge
from gridsvc.accounts.rules import Permission, Scope, Sight, requires
from gridsvc.accounts.services import record
from gridsvc.geo.paper.sheet import Sheet as Paper
from gridsvc.geo.paper.sheet import laid_out
from gridsvc.grids import queries as territory
from gridsvc.grids.models import Grid
from gridsvc.incidents.models import Category, Incident
from gridsvc.reports import cycles
from gridsvc.reports.models import ReportPack
from gridsvc.reports.pack_figures import COUNTS
from gridsvc.reports.rules.periods import Period
from gridsvc.reports.sheets import Sheet, workbook
from gridsvc.web import pdf, times
from gridsvc.web.languages import in_language
from gridsvc.web.reports import pack_words, words
from gridsvc.web.reports.ledger_pages import XLSX

blueprint = Blueprint("packs", __name__)

_NUMBER = "/cycles/<int(max=2147483647):number>"
#: Field of a map on A4, upright, beside the margins.
_MAP_MM = (178.0, 110.0)


@dataclass(frozen=True)
class Picture:
    """A map of the pack: cells in millimetres, the class of each, and what the classes mean."""

    title: str
    sheet: Paper
    classes: dict[str, int]
    steps: list[tuple[str, str]]


@blueprint.get(_NUMBER)
@requires(Permission.VIEW_REPORTS)
def page(number: int) -> str:
    """Show a pack; with ``again`` it is counted anew from the records and compared."""
    archived = cycles.pack(edge.session(), number, edge.sight().full)
    same = None
    if "again" in request.args:
        same = cycles.counted_again(edge.session(), archived) == archived.figures
    return _rendered("reports/pack.html", archived, same=same)


@blueprint.post(f"{_NUMBER}/pack.<any(xlsx, pdf):form>")
@requires(Permission.VIEW_REPORTS)
def download(number: int, form: str) -> Response:
    """Answer a pack as a workbook or on paper; the log notes who took it."""
    archived = cycles.pack(edge.session(), number, edge.sight().full)
    makers: dict[str, tuple[Callable[[ReportPack], bytes], str]] = {
        "xlsx": (_workbook, XLSX),
        "pdf": (_paper, "application/pdf"),
    }
    make, mimetype = makers[form]
    name = f"{archived.kind.value}-{archived.starts_on}-{archived.division_code}.{form}"
    answer = Response(make(archived), mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    record(edge.session(), edge.user(), "export_pack", name)
    return answer


def _rendered(template: str, archived: ReportPack, **more: Any) -> str:
    figures = cycles.read(archived)
    return render_template(
        template,
        pack=archived,
        period=Period(archived.kind, archived.starts_on, archived.ends_on),
        parts=figures["places"],
        whole=figures["places"][archived.division_code],
        figures=figures,
        pictures=_pictures(archived, figures["grids"]),
        counts=COUNTS,
        words=words,
        pack_words=pack_words,
        name=lambda code: _name(archived, code),
        **more,
    )


def _paper(archived: ReportPack) -> bytes:
    return pdf.paper(_rendered("reports/pack_paper.html", archived))


def _workbook(archived: ReportPack) -> bytes:
    figures = cycles.read(archived)
    period = Period(archived.kind, archived.starts_on, archived.ends_on)
    notes = [
        f"{_name(archived, archived.division_code)}"
        f" · {words.PERIODS[archived.kind]} {pack_words.spanned(period)}",
        gettext("As recorded up to %(when)s", when=times.exact(archived.as_of)),
    ]
    place = {"code": words.COLUMNS["code"], "place": gettext("Place")}
    rows, shares = [], []
    for code, counted in sorted(figures["places"].items(), key=lambda one: (len(one[0]), one[0])):
        told = {"code": code, "place": _name(archived, code)}
        rows.append(told | {name: counted[name] for name in COUNTS})
        shares += [
            told | {"rate": str(words.RATES[kind]), "numerator": n, "denominator": d}
            for kind, (n, d) in sorted(counted["rates"].items())
        ]
    headed = {"rate": gettext("Rates"), "numerator": gettext("Numerator"),
              "denominator": gettext("Denominator")}  # fmt: skip
    sheets = [
        Sheet(gettext("Figures"), pd.DataFrame(rows),
              _said(place | {name: pack_words.COUNTS[name] for name in COUNTS}),
              [notes[0], f"{notes[1]} · {pack_words.BALANCE}"]),
        Sheet(gettext("Rates"), pd.DataFrame(shares), _said(place | headed), notes),
        Sheet(gettext("Rolled over"), _open_cases(figures["open"]), _open_headings(), notes),
    ]  # fmt: skip
    return workbook(sheets, ZoneInfo(edge.settings().time_zone), archived.closed_at)


def _name(archived: ReportPack, code: str) -> str:
    name, name_en = archived.names[code]
    return in_language(name or code, name_en)


def _said(headings: dict[str, Any]) -> dict[str, str]:
    return {name: str(said) for name, said in headings.items()}


def _open_headings() -> dict[str, str]:
    return _said({name: words.COLUMNS[name] for name in
                  ("number", "code", "grid", "category", "reported_at")})  # fmt: skip


def _open_cases(numbers: list[int]) -> pd.DataFrame:
    """Read what never changes of the cases that rolled over."""
    query = (
        select(Incident.id, Incident.grid_code, Grid.name, Grid.name_en,
               Category.name, Category.name_en, Incident.reported_at)
        .join(Category, Category.id == Incident.category_id)
        .outerjoin(Grid, Grid.code == Incident.grid_code)
        .where(Incident.id.in_(numbers)).order_by(Incident.id)
    )  # fmt: skip
    rows = [
        {"number": number, "code": code, "grid": in_language(grid or "", grid_en),
         "category": in_language(category, category_en), "reported_at": at}
        for number, code, grid, grid_en, category, category_en, at in edge.session().execute(query)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["number", "code", "grid", "category", "reported_at"])


def _pictures(archived: ReportPack, by_grid: dict[str, list[int]]) -> list[Picture]:
    """Draw what rolled over per 100 households, and where rounds were walked, by the grids then."""
    sight = Sight(full=Scope((archived.division_code,)))
    last_day = Period(archived.kind, archived.starts_on, archived.ends_on).last_day
    grids = territory.grids_frame(edge.session(), sight, last_day)
    grids = grids[grids["kind"] == "residential"]
    if grids.empty:
        return []
    none = gpd.GeoDataFrame({"kind": [], "rank": []}, geometry=[], crs=grids.crs)
    sheet = laid_out(grids, none, *_MAP_MM)
    work, walked = SCALES["per_100_households"], SCALES["visits"]
    left = {
        row.code: work.classify(100 * by_grid.get(row.code, [0, 0])[0] / row.households)
        for row in grids.itertuples()
        if row.households and row.households > 0
    }
    rounds = {code: int(by_grid.get(code, [0, 0])[1] > 0) for code in grids["code"]}
    return [
        Picture(
            gettext("Cases that rolled over per 100 households"), sheet, left,
            [(step.label, step.colour) for step in work.steps],
        ),
        Picture(
            gettext("Where rounds were walked"), sheet, rounds,
            [(gettext("none"), "#f6f0e8"), (gettext("at least one"), walked.steps[3].colour)],
        ),
    ]  # fmt: skip
