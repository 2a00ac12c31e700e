"""Why something about a case or a visit was refused, in the reader's language."""

from __future__ import annotations

import enum
from typing import Any

from flask_babel import gettext

from gridsvc.accounts.rules import Role
from gridsvc.campaigns import reasons as campaign_reasons
from gridsvc.errors import GridsvcError
from gridsvc.incidents.rules import Kind, Level, Status, Urgency, reasons
from gridsvc.incidents.rules.life import Action
from gridsvc.incidents.rules.reasons import plain
from gridsvc.projects import reasons as project_reasons
from gridsvc.projects.rules import Stage
from gridsvc.staffing.sheet import words as sheet_words
from gridsvc.visits import reasons as visit_reasons
from gridsvc.web import languages, terms
from gridsvc.web.zones import words as zone_words

_SENTENCES = {
    **reasons.SENTENCES,
    **visit_reasons.SENTENCES,
    **campaign_reasons.SENTENCES,
    **project_reasons.SENTENCES,
    **sheet_words.FAULTS,
}

_TERMS: dict[type[enum.Enum], Any] = {
    Action: terms.ACTIONS,
    Kind: terms.KINDS,
    Level: terms.LEVELS,
    Role: languages.ROLES,
    Stage: terms.STAGES,
    Status: terms.STATUSES,
    Urgency: terms.URGENCIES,
}


def said(refusal: GridsvcError) -> str:
    """Say a refusal in the language of this request; one without a code as it was written."""
    if refusal.reason in zone_words.REFUSED:
        return str(zone_words.REFUSED[refusal.reason])
    # A page that has words of its own for a reason needs none here.
    if refusal.reason not in _SENTENCES:
        return refusal.message
    words = {name: _word(name, value) for name, value in refusal.values.items()}
    return gettext(_SENTENCES[refusal.reason], **words)


def _word(name: str, value: Any) -> str:
    if isinstance(value, tuple | list | frozenset):
        return gettext(", ").join(_word(name, one) for one in value)
    if type(value) in _TERMS:
        return str(_TERMS[type(value)][value])
    if name == "field":
        return str(terms.FIELDS.get(value, value))
    if name == "step":
        return str(terms.STEPS.get(value, value))
    return gettext(value.value) if isinstance(value, enum.Enum) else plain(value)
