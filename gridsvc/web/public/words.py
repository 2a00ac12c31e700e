"""How public pages, cards and posters say things."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, lazy_gettext, ngettext

from gridsvc.public.queries import Entry, Said
from gridsvc.web.languages import current, in_language, listed

EMERGENCY = {
    "110": lazy_gettext("police"),
    "119": lazy_gettext("fire brigade"),
    "120": lazy_gettext("ambulance"),
}


def said(one: Said | None) -> str:
    """Say a text in the language of the page."""
    return in_language(*one) if one else ""


def limit(entry: Entry) -> str:
    """Say by when a service is done: ``3 working days``."""
    if entry.limit_days is None:
        return gettext("no set time")
    if entry.limit_days == 0:
        return gettext("while you wait")
    return ngettext("%(num)s working day", "%(num)s working days", entry.limit_days)


def materials(entry: Entry) -> str:
    """Say what to bring."""
    told: Sequence[str] = entry.materials
    if current() == "en" and entry.materials_en:
        told = entry.materials_en
    return listed(told) or gettext("nothing")


def fee(entry: Entry) -> str:
    """Say what it costs."""
    return said(entry.fee) or gettext("free")
