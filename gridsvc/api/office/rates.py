"""/api/v1/rates: the eight rates of a place in a period, each with its parts and its alarm."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from pydantic import AwareDatetime, BaseModel, Field

from gridsvc import edge
from gridsvc.accounts.rules import Permission, requires
from gridsvc.api.questions import Day, Within
from gridsvc.errors import NotFound
from gridsvc.reports.case_facts import case_facts, counted_in, rates
from gridsvc.reports.rules.periods import PeriodKind, period_of
from gridsvc.reports.rules.rates import LINES, Rate, RateKind

blueprint = APIBlueprint("api_rates", __name__, url_prefix="/api/v1", tag="reports")


class RatesQuestion(Within):
    """The period of a kind that a day lies in, as the records of an instant tell it."""

    period: PeriodKind = Field(PeriodKind.MONTH, description="Any but days.")
    day: Day | None = Field(None, description="Lies in the period; today by default.")
    as_of: AwareDatetime | None = Field(
        None, description="Nothing recorded later is counted; now by default."
    )


class RateAnswer(BaseModel):
    """One rate; ``value`` is null where nothing was counted, ``few`` warns of a small number."""

    rate: RateKind
    numerator: int
    denominator: int
    value: float | None
    few: bool
    line: float | None
    alarm: bool


class RatesAnswer(BaseModel):
    """The rates of a place, with the days that the period has and the instant of the figures."""

    first_day: date
    last_day: date
    as_of: datetime
    items: list[RateAnswer]


@blueprint.get("/rates")
@requires(Permission.VIEW_REPORTS)
@blueprint.input(RatesQuestion, location="query", arg_name="asked")
@blueprint.output(RatesAnswer)
def list_rates(asked: RatesQuestion) -> dict[str, Any]:
    """Tell the rates of a place in the caller's scope; under its line a rate raises the alarm."""
    scope = edge.sight().full.narrowed(asked.within or "")
    if not scope.prefixes:
        raise NotFound(f"You answer for nothing under the code {asked.within}.", [asked.within])
    kind = PeriodKind.MONTH if asked.period is PeriodKind.DAYS else asked.period
    period, zone = period_of(kind, asked.day or edge.today()), ZoneInfo(edge.settings().time_zone)
    as_of = min(asked.as_of or edge.now(), edge.now())
    facts = case_facts(edge.session(), scope, *period.bounds(zone), as_of)
    found = rates(counted_in(facts, period, zone))
    return {
        "first_day": period.start,
        "last_day": period.last_day,
        "as_of": as_of,
        "items": [_told(one) for one in found],
    }


def _told(one: Rate) -> RateAnswer:
    line = LINES.get(one.kind)
    return RateAnswer(
        rate=one.kind,
        numerator=one.numerator,
        denominator=one.denominator,
        value=one.value,
        few=one.few,
        line=line[0] / line[1] if line else None,
        alarm=one.alarm,
    )
