"""Why a campaign is refused: a code with its values; the edge makes the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from gridsvc.errors import GridsvcError


def N_(text: str) -> str:
    """Mark a sentence for translation, where it is written and not yet said."""
    return text


#: Code → English sentence. Codes are promised to callers of the interface as ``reason``.
SENTENCES: Mapping[str, str] = {
    "campaign_none": N_("There is no campaign %(number)s in your area."),
    "campaign_area": N_("Code %(code)s is no division or grid of your area: correct the list."),
    "campaign_no_area": N_("Name at least one division or grid whose rounds count."),
    "campaign_apart": N_("The grids of a campaign lie in one district: plan one for each."),
    "campaign_words": N_("Give the campaign a name and say what it is for."),
    "campaign_topic": N_("“%(topic)s” is no topic of the visit sheet: choose one of the list."),
    "campaign_days": N_(
        "The campaign begins on %(first)s and ends on %(last)s: it must last from a day to a year."
    ),
    "campaign_goal": N_("Give a goal of at least 1."),
    "campaign_goal_above": N_(
        "%(goal)s dwellings cannot be reached: there are %(dwellings)s in these grids. Set a lower"
        " goal, or add grids."
    ),
    "campaign_over": N_("The campaign ended on %(last)s: its figures stand. Plan a new one."),
}

E = TypeVar("E", bound=GridsvcError)


def because(kind: type[E], reason: str, about: Iterable[object] = (), /, **values: int | str) -> E:
    """Make a refusal of a kind whose sentence in `SENTENCES` can be said in another language."""
    refusal = kind(SENTENCES[reason] % values, about)
    refusal.reason, refusal.values = reason, values
    return refusal
