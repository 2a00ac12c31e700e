"""What campaigns are called on their pages."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask_babel import gettext, lazy_gettext, ngettext

from gridsvc import edge
from gridsvc.calendars.festivals import festivals
from gridsvc.campaigns.models import Campaign
from gridsvc.campaigns.rules import Measure
from gridsvc.web.languages import in_language
from gridsvc.web.visits.sheet_words import TOPIC_NAMES

MEASURES = {
    Measure.DWELLINGS: lazy_gettext("dwellings reached"),
    Measure.ROUNDS: lazy_gettext("rounds made"),
}


def topic(code: str | None) -> str:
    """Say what must come up in a round that counts."""
    return str(TOPIC_NAMES.get(code, code)) if code else gettext("any")


def festival(found: Campaign) -> str:
    """Say from which festival a campaign was planned: ``2 weeks before Spring Festival``."""
    if found.festival_on is None:
        return ""
    kept = festivals(edge.session(), found.division_code, found.festival_on, found.festival_on)
    names = [in_language(one.name, one.name_en) for one in kept]
    name = gettext(", ").join(names) or str(found.festival_on)
    days = (found.festival_on - found.starts_on).days
    if days < 1:
        return gettext("for %(festival)s, %(day)s", festival=name, day=found.festival_on)
    if days % 7:
        before = ngettext("from %(num)s day before", "from %(num)s days before", days)
    else:
        before = ngettext("from %(num)s week before", "from %(num)s weeks before", days // 7)
    return gettext(
        "%(before)s %(festival)s, %(day)s", before=before, festival=name, day=found.festival_on
    )


def called_off(found: Campaign) -> bool:
    """Tell whether a campaign was ended before it began."""
    zone = ZoneInfo(edge.settings().time_zone)
    ended = found.ended_at
    return ended is not None and ended.astimezone(zone).date() < found.starts_on


def state(found: Campaign, today: date) -> str:
    """Say whether a campaign is to come, runs, or is over."""
    if called_off(found):
        return gettext("called off")
    if today < found.starts_on:
        return gettext("begins on %(day)s", day=found.starts_on)
    if today <= found.ends_on:
        left = (found.ends_on - today).days
        return (
            ngettext("%(num)s day left", "%(num)s days left", left) if left else gettext("last day")
        )
    return gettext("over")
