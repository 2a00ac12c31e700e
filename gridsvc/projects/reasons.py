"""Why something about an area project is refused: a code with its values; the edge makes words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar

from gridsvc.errors import GridsvcError


def N_(text: str) -> str:
    """Mark a sentence for translation, where it is written and not yet said."""
    return text


#: Code → English sentence. Codes are promised to callers of the interface as ``reason``.
SENTENCES: Mapping[str, str] = {
    "project_none": N_("There is no project %(number)s here."),
    "project_words": N_("Give the project a title, and say what is to be done."),
    "project_number": N_("Take identity and phone numbers out of the text: everybody reads it."),
    "project_area": N_("You answer for nothing under the code %(code)s: choose your own area."),
    "project_place": N_("Give a place or grids: the project needs one of the two."),
    "project_elsewhere": N_("This place lies in no grid of %(code)s: choose another."),
    "project_grid": N_("There is no grid %(grid)s in %(code)s: correct the list."),
    "project_case": N_("There is no case %(case)s that you may see."),
    "project_case_taken": N_("Case %(case)s belongs to project %(number)s already."),
    "project_order": N_("A project that is %(stage)s can become %(others)s, not %(to)s."),
    "project_why": N_("Say why the project goes back a stage."),
    "project_day": N_("Give a day from %(since)s, when it came to this stage, to %(today)s."),
    "project_span": N_(
        "Give the first and the last day of the work when it is planned, only then."
    ),
    "project_backwards": N_("The work cannot end before it begins: change one of the days."),
    "project_moved_on": N_("Somebody else moved this project on meanwhile: look where it stands."),
}

E = TypeVar("E", bound=GridsvcError)


def because(kind: type[E], reason: str, about: Iterable[object] = (), /, **values: Any) -> E:
    """Make a refusal of a kind whose sentence in `SENTENCES` can be said in another language."""
    refusal = kind(SENTENCES[reason] % {name: _plain(one) for name, one in values.items()}, about)
    refusal.reason, refusal.values = reason, values
    return refusal


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value))
    return str(value.value if isinstance(value, Enum) else value)
