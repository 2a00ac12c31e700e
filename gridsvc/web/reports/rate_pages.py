"""Rates of a place in a period: each with its parts, its course, and the cases behind it."""

from __future__ import annotations

from enum import StrEnum
from itertools import dropwhile
from typing import Any

import pandas as pd
from flask import Blueprint, Response, render_template
from flask_babel import gettext
from sqlalchemy import select

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.incidents.cases import visible
from gridsvc.incidents.models import Category, Incident
from gridsvc.reports.case_facts import COUNTED, HITS, by_division, case_facts, counted_in, rates
from gridsvc.reports.rules.periods import Period
from gridsvc.reports.rules.rates import FEW, LINES, Rate, RateKind
from gridsvc.web import asked
from gridsvc.web.frame import share
from gridsvc.web.languages import in_language
from gridsvc.web.prints import wanted as prints
from gridsvc.web.prints.chart_prints import Chart, Row, chart_print
from gridsvc.web.reports import words
from gridsvc.web.reports.chosen import OFFERED, Chosen, about, below, chosen

blueprint = Blueprint("rates", __name__)

#: Periods that the course shows: a year of months, half a year of cycles.
COURSE = 12
ROWS = 200


@blueprint.get("/rates")
@requires(Permission.VIEW_REPORTS)
def page() -> str | Response:
    """Show eight rates, the course of one, and how the parts of the place compare."""
    wanted, kind = chosen(), asked.one_of("rate", RateKind) or RateKind.ON_TIME
    spans = wanted.last(COURSE)
    facts = _facts(wanted, spans[0])
    here = counted_in(facts, wanted.period, wanted.zone)
    parts = below(wanted.within, wanted)
    course = _course(facts, spans, wanted, kind)
    compared = by_division(here, [one.code for one in parts])
    if print_ := prints.wanted(svg=True):
        return _printed(print_, wanted, kind, course, parts, compared)
    return render_template(
        "reports/rates.html",
        wanted=wanted,
        kind=kind,
        rates=rates(here),
        earlier={one.kind: one for one in rates(counted_in(facts, wanted.earlier, wanted.zone))},
        course=course,
        parts=parts,
        compared=compared,
        few=FEW,
        lines=LINES,
        words=words,
        offered=OFFERED,
        divisions=asked.divisions(),
    )


@blueprint.get("/rates/cases")
@requires(Permission.VIEW_REPORTS)
def cases() -> str:
    """List the cases behind a rate: those counted, or only those that it did not reach."""
    wanted, kind = chosen(), asked.one_of("rate", RateKind) or RateKind.ON_TIME
    facts = counted_in(_facts(wanted, wanted.period), wanted.period, wanted.zone)
    counted = facts[facts[COUNTED[kind]]]
    hit = HITS[kind](counted)
    part = asked.whole_number("hit", 2, 0, 2)
    rows = counted if part == 2 else counted[hit if part else ~hit]
    number = asked.whole_number("page", 1, 1, 1000)
    shown = _shown(rows.iloc[(number - 1) * ROWS : number * ROWS])
    return render_template(
        "reports/rate_cases.html",
        wanted=wanted,
        title=title(kind, part),
        part=part,
        rows=shown,
        found=len(rows),
        hidden=min(len(rows), ROWS) - len(shown) if len(rows) <= ROWS else None,
        page=number,
        pages=-(-len(rows) // ROWS),
        words=words,
    )


def _facts(wanted: Chosen, first: Period) -> pd.DataFrame:
    since, _ = min(first, wanted.earlier, key=lambda one: one.start).bounds(wanted.zone)
    _, until = wanted.period.bounds(wanted.zone)
    return case_facts(edge.session(), wanted.scope, since, until, wanted.as_of)


def _course(facts: pd.DataFrame, periods: list[Period], wanted: Chosen, kind: RateKind) -> Any:
    """Return the rate of each period since the first in which there was anything to count."""
    counted = [(one, _one(counted_in(facts, one, wanted.zone), kind)) for one in periods]
    return list(dropwhile(lambda pair: not pair[1].denominator, counted)) or counted[-1:]


class Drawn(StrEnum):
    """The charts of the page, by the table beside each."""

    COURSE = "course"
    PARTS = "parts"


def _printed(
    print_: prints.Wanted,
    wanted: Chosen,
    kind: RateKind,
    course: Any,
    parts: list[Any],
    compared: dict[str, list[Rate]],
) -> Response:
    """Answer the course of a rate, or how the parts of the place compare, as a picture."""
    which = asked.one_of("chart", Drawn) or Drawn.COURSE
    if which is Drawn.COURSE:
        rows = [(words.named(period), rate) for period, rate in course]
        title = gettext("%(rate)s, period by period", rate=words.RATES[kind])
    else:
        rates_of = {code: {one.kind: one for one in found} for code, found in compared.items()}
        rows = [(in_language(one.name, one.name_en), rates_of[one.code][kind]) for one in parts]
        title = gettext("%(rate)s, place by place", rate=words.RATES[kind])
    chart = Chart(
        title=title,
        about=about(wanted),
        rows=[
            Row(name, None if rate.value is None else 100 * rate.value,
                f"{share(rate.value)} · {rate.numerator} / {rate.denominator}", rate.few)
            for name, rate in rows
        ],
        lines=[float(LINES[kind][0])] if kind in LINES else [],
        across=which is Drawn.PARTS,
        as_of=wanted.as_of,
    )  # fmt: skip
    return chart_print(chart, print_, f"{kind.value}-{which.value}-{wanted.period.start}")


def _one(facts: pd.DataFrame, kind: RateKind) -> Any:
    return next(one for one in rates(facts) if one.kind is kind)


def _shown(rows: pd.DataFrame) -> list[Any]:
    """Return the cases that the viewer may see: sensitive kinds are the handling team's alone."""
    numbers = [int(number) for number in rows.index]
    query = (
        select(Incident, Category)
        .join(Category, Category.id == Incident.category_id)
        .where(Incident.id.in_(numbers), visible(edge.sight()))
        .order_by(Incident.id)
    )
    facts = rows.to_dict("index")
    return [(case, about, facts[case.id]) for case, about in edge.session().execute(query)]


def title(kind: RateKind, part: int) -> str:
    """Say which cases a list holds."""
    name = words.RATES[kind]
    if part == 2:
        return gettext("%(rate)s: every case counted", rate=name)
    if part:
        return gettext("%(rate)s: the cases that it counts as reached", rate=name)
    return gettext("%(rate)s: the cases that it did not reach", rate=name)
