"""Which place, period and instant a page of figures was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Scope
from gridsvc.errors import NotFound
from gridsvc.grids.models import Division, Grid
from gridsvc.grids.queries import grids_between
from gridsvc.reports.rules.periods import Period, PeriodKind, before, period_of
from gridsvc.web import asked
from gridsvc.web.languages import in_language
from gridsvc.web.reports import words

#: Kinds that a page offers; days of one's own are asked by nobody yet.
OFFERED = [kind for kind in PeriodKind if kind is not PeriodKind.DAYS]
_EARLIEST = date(1991, 1, 1)


@dataclass(frozen=True)
class Chosen:
    """What was asked for.

    Attributes
    ----------
    within : str
        The division or grid, empty for all that the viewer answers for.
    scope : Scope
        What of it the viewer answers for.
    period : Period
        The period that the day lies in.
    as_of : datetime
        Aware; nothing recorded later is counted.
    """

    within: str
    scope: Scope
    period: Period
    as_of: datetime
    zone: ZoneInfo

    @property
    def earlier(self) -> Period:
        """The period before."""
        return before(self.period)

    @property
    def later(self) -> Period | None:
        """The period after, once it has begun."""
        return period_of(self.period.kind, self.period.end) if self.is_over else None

    @property
    def is_over(self) -> bool:
        """Whether the period has ended."""
        return self.period.end <= edge.today()

    def last(self, count: int) -> list[Period]:
        """Return so many periods up to this one, the earliest first."""
        found = [self.period]
        while len(found) < count and found[0].start > _EARLIEST:
            found.insert(0, before(found[0]))
        return found


def chosen(usual_day: date | None = None) -> Chosen:
    """Read place, period and instant from the address.

    Parameters
    ----------
    usual_day : date, optional
        Lies in the period that is meant when none is asked for; today without.

    Raises
    ------
    NotFound
        The viewer answers for nothing there.
    """
    within, zone = asked.within(), ZoneInfo(edge.settings().time_zone)
    scope = edge.sight().full.narrowed(within)
    if not scope.prefixes:
        raise NotFound(gettext("You answer for nothing under the code %(code)s.", code=within))
    kind = asked.one_of("period", PeriodKind) or PeriodKind.MONTH
    kind = kind if kind in OFFERED else PeriodKind.MONTH
    # Every page takes "on"; the day of a period has always been called "day" here.
    name = "day" if request.args.get("day") else "on"
    day = usual_day if usual_day and not request.args.get(name) else asked.day(name)
    return Chosen(within, scope, period_of(kind, day), _as_of(zone), zone)


def _as_of(zone: ZoneInfo) -> datetime:
    """Return the end of the day asked for, or this instant."""
    if not request.args.get("as_of"):
        return edge.now()
    midnight = datetime.combine(asked.day("as_of") + timedelta(days=1), time(), zone)
    return min(midnight, edge.now())


def about(wanted: Chosen) -> str:
    """Say the place and the period of a figure, for the heading of a print."""
    place = asked.place(wanted.within)
    named = in_language(place.name, place.name_en) if place else ""
    return " · ".join(filter(None, (named, words.named(wanted.period))))


def below(within: str, wanted: Chosen | None = None) -> list[Division | Grid]:
    """Return the parts of a place that figures are compared by: divisions, at last its grids.

    Grids are those of the period that was asked for, as they were known at its instant; of today
    without one.
    """
    known = [one for one in asked.divisions() if one.code.startswith(within) and one.code != within]
    known = [one for one in known if edge.sight().full.touches(one.code)]
    if known:
        digits = min(len(one.code) for one in known)
        parts = [one for one in known if len(one.code) == digits]
        # One part alone is no comparison: go down to what it is made of.
        return list(parts) if len(parts) > 1 or len(known) == 1 else below(parts[0].code, wanted)
    return list(_grids(within, wanted)) if len(within) == _COMMUNITY_DIGITS else []


def _grids(community: str, wanted: Chosen | None) -> list[Grid]:
    scope, today = edge.sight().full.narrowed(community), edge.today()
    if wanted is None:
        return grids_between(edge.session(), scope, today, today)
    period = wanted.period
    return grids_between(edge.session(), scope, period.start, period.last_day, wanted.as_of)


_COMMUNITY_DIGITS = 12
