"""Why a round is refused: a code with its values; the edge makes the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from gridsvc.errors import GridsvcError


def N_(text: str) -> str:
    """Mark a sentence for translation, where it is written and not yet said."""
    return text


#: Code → English sentence. Codes are promised to callers of the interface as ``reason``.
SENTENCES: Mapping[str, str] = {
    "visit_no_grid": N_("There is no grid %(grid)s in your area."),
    "visit_to_come": N_(
        "visited_on is %(day)s, which is yet to come: record the visit when it is done."
    ),
    "visit_first_above": N_(
        "%(first)s of %(visited)s dwellings cannot be reached for the first time:"
        " correct first_time_dwellings."
    ),
    "visit_above": N_(
        "%(visited)s dwellings were visited of %(dwellings)s in the grid: correct the count."
    ),
    "visit_under_way": N_("The same visit is being taken in just now: send it again."),
    "visit_otherwise": N_(
        "client_visit_id %(key)s came before with other content, as visit %(visit)s:"
        " send a new record under a new id."
    ),
    "visit_building_elsewhere": N_("Building %(building)s is not in grid %(grid)s that day."),
    "visit_no_dwelling": N_(
        "Building %(building)s has dwellings 1 to %(last)s, each reached once a round:"
        " correct %(doors)s."
    ),
}

E = TypeVar("E", bound=GridsvcError)


def because(kind: type[E], reason: str, about: Iterable[object] = (), /, **values: int | str) -> E:
    """Make a refusal of a kind whose sentence in `SENTENCES` can be said in another language."""
    refusal = kind(SENTENCES[reason] % values, about)
    refusal.reason, refusal.values = reason, values
    return refusal
