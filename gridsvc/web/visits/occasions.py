"""What a team should know before it sets out: festivals to come, and the campaigns of its grids."""

from __future__ import annotations

from datetime import date, timedelta
from os.path import commonprefix
from typing import Any

from flask_babel import gettext

from gridsvc import edge
from gridsvc.accounts.rules import Scope
from gridsvc.calendars.festivals import festivals
from gridsvc.campaigns.models import Campaign
from gridsvc.campaigns.queries import campaigns, frame_of
from gridsvc.web.languages import in_language
from gridsvc.web.visits.sheet_words import TOPIC_NAMES

#: A month lets a team see a festival when its campaign is planned.
FESTIVALS_AHEAD = timedelta(days=30)


def occasions(scope: Scope, today: date) -> list[dict[str, Any]]:
    """Return sentences with the last day on which they hold and the codes that they are about.

    ``grids`` is ``None`` where a sentence is about every grid.
    """
    db = edge.session()
    running = sorted(campaigns(db, scope, on=today), key=lambda one: (one.ends_on, one.id))
    told = [_campaign(one) for one in running]
    return told + [
        {
            "text": gettext(
                "%(festival)s is on %(day)s.",
                festival=in_language(one.name, one.name_en),
                day=one.day,
            ),
            "until": one.day.isoformat(),
            "grids": None,
        }
        for one in festivals(db, commonprefix(scope.prefixes), today, today + FESTIVALS_AHEAD)
    ]


def _campaign(one: Campaign) -> dict[str, Any]:
    text = gettext(
        "Campaign “%(name)s” until %(day)s: %(purpose)s",
        name=one.name,
        day=one.ends_on,
        purpose=one.purpose,
    )
    if one.topic:
        topic = TOPIC_NAMES.get(one.topic, one.topic)
        asks = gettext("The round counts when “%(topic)s” comes up.", topic=topic)
        text = f"{text} · {asks}"
    prefixes = frame_of(edge.session(), one).prefixes
    return {"text": text, "until": one.ends_on.isoformat(), "grids": list(prefixes)}
