"""What a notice says: one sentence in the reader's language, for inbox, mail and webhooks alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations

#: The catalogue of the pages: a notice uses the same words as they do.
_CATALOGUE = Path(__file__).parents[1] / "web" / "translations"

Translate = Callable[[str], str]


def translator(language: str) -> Translate:
    """Return the function that puts an English source text into ``zh`` or ``en``."""
    return _catalogue(language).ugettext


def happened(topic: str, _: Translate) -> str:
    """Say what a topic means; an unknown one is said in general words."""
    told = {
        "reported": _("a new case was reported"),
        "dispatched": _("a case was given to your team"),
        "claimed": _("a team has taken the case"),
        "returned": _("a case was returned"),
        "resolved": _("a case is resolved and waits for its check"),
        "reworked": _("the check sent a case back"),
        "closed": _("a case was closed"),
        "reopened": _("a case was opened again"),
        "co_handling": _("your team works on a case beside its lead"),
        "extension_asked": _("more time is asked for"),
        "extension_decided": _("a wish for more time was decided"),
        "due_soon": _("a case is due soon"),
        "overdue": _("a case is overdue"),
        "escalated": _("a case has risen a level"),
        "expedited": _("a case has become more urgent"),
        "slip_issued": _("a supervision slip was issued"),
        "plan_submitted": _("a draft of new grids waits for your word"),
        "plan_recalled": _("a draft of new grids was taken back"),
        "plan_approved": _("your draft of new grids was approved"),
        "plan_returned": _("your draft of new grids was returned"),
        "rollback_asked": _("a former map waits for your word to hold again"),
        "rollback_answered": _("your wish to put a former map back was decided"),
        "map_published": _("the grids of your area change"),
        "cases_came": _("open cases came to your team with their ground"),
        "team_changed": _("your team takes over a grid and its open cases"),
        "handover_differs": _("other cases changed hands than the reviewer saw"),
        "slip_answered": _("a supervision slip was answered"),
        "tenure_ends": _("assignments end soon and nobody follows"),
    }
    return told.get(topic) or _("something happened to a case")


def sentence(
    topic: str, params: Mapping[str, Any], incident_id: int | None, language: str, _: Translate
) -> str:
    """Say a notice in one line: the case, what happened, then what, where and by when.

    Examples
    --------
    >>> sentence("overdue", {"category": "噪声", "category_en": "Noise"}, 7, "en", str)
    'Case 7: a case is overdue · Noise'
    """
    facts = [_named(params, name, language) for name in ("category", "grid", "plan", "place")]
    if params.get("due_at"):
        facts.append(_("due %(when)s") % {"when": str(params["due_at"])[:16].replace("T", " ")})
    if params.get("effective_on"):
        facts.append(_("from %(when)s") % {"when": str(params["effective_on"])[:10]})
    if params.get("assignments"):
        facts.append(_("assignments: %(count)s") % {"count": int(params["assignments"])})
    if params.get("cases"):
        facts.append(_("cases: %(count)s") % {"count": int(params["cases"])})
    what = happened(topic, _)
    if incident_id is not None:
        what = _("Case %(number)s: %(what)s") % {"number": incident_id, "what": what}
    # One line whatever the names hold: it becomes a mail's subject too.
    return " ".join(" · ".join([what, *filter(None, facts)]).split())


def _named(params: Mapping[str, Any], name: str, language: str) -> str:
    own = str(params.get(name) or "")
    return str(params.get(f"{name}_en") or own) if language == "en" else own


@cache
def _catalogue(language: str) -> NullTranslations:
    locales = [] if language == "en" else ["zh_Hans_CN"]
    return Translations.load(_CATALOGUE, locales) if locales else NullTranslations()
