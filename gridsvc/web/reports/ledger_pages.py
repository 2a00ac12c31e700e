"""The three ledgers on screen and as a workbook, from one reading of the records."""

from __future__ import annotations

from typing import Any

import pandas as pd
from flask import Blueprint, Response, render_template
from flask_babel import gettext, ngettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.accounts.services import record
from gridsvc.grids.models import Division, Grid
from gridsvc.reports.ledgers import COLUMNS, SUMS, LedgerKind, ledger, sums
from gridsvc.reports.sheets import Sheet, workbook
from gridsvc.web import asked, terms, times
from gridsvc.web.languages import current, in_language, listed
from gridsvc.web.reports import words
from gridsvc.web.reports.chosen import OFFERED, Chosen, below, chosen
from gridsvc.web.visits.sheet_words import TOPIC_NAMES

blueprint = Blueprint("ledgers", __name__)

#: What is read at a glance; the workbook has every line.
ROWS = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/ledgers")
@requires(Permission.VIEW_REPORTS)
def page() -> str:
    """Show one ledger of a place and period: its sums by part, and its lines."""
    wanted, kind = chosen(), asked.one_of("ledger", LedgerKind) or LedgerKind.REQUESTS
    rows = _read(wanted, kind)
    listed, parts = _listed(rows), below(wanted.within, wanted)
    number = asked.whole_number("page", 1, 1, 10_000)
    return render_template(
        "reports/ledgers.html",
        wanted=wanted,
        kind=kind,
        kinds=list(LedgerKind),
        total=_total(kind, rows),
        sums=sums(kind, rows, [one.code for one in parts]),
        parts=parts,
        columns=["grid", *COLUMNS[kind]],
        rows=_said(listed.iloc[(number - 1) * ROWS : number * ROWS]).to_dict("records"),
        hidden=len(rows) - len(listed),
        page=number,
        pages=-(-len(listed) // ROWS),
        words=words,
        offered=OFFERED,
        divisions=asked.divisions(),
    )


@blueprint.post("/ledgers/<any(visits, requests, feedback):name>.xlsx")
@requires(Permission.VIEW_REPORTS)
def download(name: str) -> Response:
    """Answer one ledger as a workbook, every line and the sums by part; the log notes who."""
    wanted, kind = chosen(), LedgerKind(name)
    rows = _read(wanted, kind)
    book = workbook(_sheets(wanted, kind, rows), wanted.zone, wanted.as_of)
    place = wanted.within or asked.EVERYWHERE
    subject = f"{name} {wanted.period.start} {place}"
    record(edge.session(), edge.user(), "export_ledger", subject, {"lines": len(rows)})
    answer = Response(book, mimetype=XLSX)
    file = f"{name}-{wanted.period.start}-{place}.xlsx"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return answer


def _sheets(wanted: Chosen, kind: LedgerKind, rows: pd.DataFrame) -> list[Sheet]:
    notes = [
        f"{words.LEDGERS[kind]} · {words.named(wanted.period)}",
        gettext("As recorded up to %(when)s", when=times.exact(wanted.as_of)),
    ]
    listed = _listed(rows)
    # In the line of a note, since whoever reads the sheet expects its heading in the third row.
    if hidden := len(rows) - len(listed):
        notes[1] += f" · {_hidden(hidden)}"
    names = {one.code: in_language(one.name, one.name_en) for one in below(wanted.within, wanted)}
    parts = sums(kind, rows, list(names)).reset_index()
    parts.insert(0, "grid", parts["code"].map(names))
    lines = {one: str(words.COLUMNS[one]) for one in ("code", "grid", *COLUMNS[kind])}
    headings = {one: str(words.COLUMNS[one]) for one in ("code", *SUMS[kind])}
    return [
        Sheet(gettext("Lines"), _said(listed), lines, notes),
        Sheet(
            gettext("Sums"),
            parts,
            {"grid": gettext("Place"), **headings},
            notes,
            _total(kind, rows),
        ),
    ]


def _read(wanted: Chosen, kind: LedgerKind) -> pd.DataFrame:
    return ledger(edge.session(), kind, wanted.scope, wanted.period, wanted.zone, wanted.as_of)


def _total(kind: LedgerKind, rows: pd.DataFrame) -> dict[str, Any]:
    return dict(sums(kind, rows, [""]).loc[""].to_dict())


def _listed(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out the lines of sensitive kinds: they are counted, and the handling team's alone."""
    return rows[~rows["sensitive"].astype(bool)] if "sensitive" in rows else rows


def _hidden(count: int) -> str:
    return ngettext(
        "%(num)s case of a sensitive kind is counted and not listed: it is the handling team's"
        " alone.",
        "%(num)s cases of sensitive kinds are counted and not listed: they are the handling"
        " teams' alone.",
        count,
    )


def _said(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the reader's words in place of codes."""
    rows = rows.copy()
    # A case at a place without a grid stands under its division.
    found = [
        row
        for place in (Grid, Division)
        for row in edge.session().execute(
            select(place.code, place.name, place.name_en).where(place.code.in_(set(rows["code"])))
        )
    ]
    names = {code: in_language(name, name_en) for code, name, name_en in found}
    rows.insert(0, "grid", rows["code"].map(names))
    for column, said in _WORDS.items():
        if column in rows:
            rows[column] = [None if pd.isna(v) else str(said.get(v, v)) for v in rows[column]]
    if "category_name_en" in rows and current() == "en":
        rows["category"] = rows["category_name_en"].fillna(rows["category"])
    if "topics" in rows:
        rows["topics"] = [_topics(heard) for heard in rows["topics"]]
    return rows


def _topics(heard: dict[str, int] | None) -> str:
    # A partner's system may bring codes of its own.
    named = ((TOPIC_NAMES.get(topic, topic), count) for topic, count in (heard or {}).items())
    return listed(f"{topic} {count}" for topic, count in named)


_WORDS: dict[str, dict[Any, Any]] = {
    "kind": terms.KINDS,
    "status": terms.STATUSES,
    "level": terms.LEVELS,
    "outcome": terms.OUTCOMES,
    "rating": words.RATINGS,
    "late": words.LATE,
}
