"""Who may do what with a draft, and when: plain values in, a decision out."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from gridsvc.accounts.rules import Permission, Role, allows
from gridsvc.errors import BadInput

COMMUNITY_DIGITS = 12

#: Grids of a draft that is opened while its planner waits: with buildings 35 ms each. More are
#: left to the worker.
AT_ONCE_GRIDS = 30

#: A job whose worker has not been heard of for so long has lost it.
JOB_LOST_AFTER = timedelta(minutes=2)


class PlanState(enum.StrEnum):
    """How far a draft is."""

    OPENING = "opening"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


#: States in which a draft's grids may be redrawn.
EDITABLE = frozenset({PlanState.DRAFT, PlanState.RETURNED})

#: States in which nothing more is said about a draft.
ENDED = frozenset({PlanState.PUBLISHED, PlanState.WITHDRAWN})


#: States in which a newer map would be in a draft's way.
UNDER_WAY = frozenset(PlanState) - ENDED - {PlanState.OPENING}


class EditKind(enum.StrEnum):
    """What a line of the log did."""

    SPLIT = "split"
    MERGE = "merge"
    TRANSFER = "transfer"
    RELABEL = "relabel"
    RESHAPE = "reshape"
    DRAG = "drag"
    RETIRE = "retire"
    CREATE = "create"
    RENUMBER = "renumber"
    PROPOSAL = "proposal"
    INTAKE = "intake"
    UNDO = "undo"
    REDO = "redo"
    REBASE = "rebase"


#: Lines that tell of other lines, and are themselves neither undone nor asked for as an edit.
ABOUT_LINES = frozenset({EditKind.UNDO, EditKind.REDO, EditKind.REBASE})


class JobKind(enum.StrEnum):
    """What a worker does for a draft while its planner goes on."""

    OPEN = "open"
    PROPOSE = "propose"
    REBASE = "rebase"


class JobState(enum.StrEnum):
    """How far such work is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Decision(enum.StrEnum):
    """What became of an edit that no longer fits."""

    DROPPED = "dropped"
    REDONE = "redone"


@dataclass(frozen=True)
class Line:
    """A line of a draft's log, as far as undoing needs it; ``of_seq`` is the line it is about."""

    seq: int
    kind: EditKind
    of_seq: int | None


@dataclass(frozen=True)
class Standing:
    """What of a log stands: edits in force in order, and those undone that may come again."""

    edits: tuple[int, ...]
    undone: tuple[int, ...]

    @property
    def undo(self) -> int | None:
        """The line that undo would take back."""
        return self.edits[-1] if self.edits else None

    @property
    def redo(self) -> int | None:
        """The line that redo would bring back."""
        return self.undone[-1] if self.undone else None


def standing(lines: Iterable[Line]) -> Standing:
    """Work out what stands from a log in order: a fresh edit ends what could be redone.

    What was there before a rebase is no longer undone: its ground is another one.

    Examples
    --------
    >>> split, merge = Line(1, EditKind.SPLIT, None), Line(2, EditKind.MERGE, None)
    >>> standing([split, merge, Line(3, EditKind.UNDO, 2)])
    Standing(edits=(1,), undone=(2,))
    """
    edits: list[int] = []
    undone: list[int] = []
    for line in lines:
        if line.kind is EditKind.UNDO and line.of_seq is not None:
            edits.remove(line.of_seq)
            undone.append(line.of_seq)
        elif line.kind is EditKind.REDO and line.of_seq is not None:
            undone.remove(line.of_seq)
            edits.append(line.of_seq)
        elif line.kind is EditKind.REBASE:
            edits, undone = [], []
        else:
            edits.append(line.seq)
            undone = []
    return Standing(tuple(edits), tuple(undone))


def can(role: Role, state: PlanState, *, covers: bool, author: bool) -> dict[str, bool]:
    """Tell what a viewer may do with a draft.

    Parameters
    ----------
    role : Role
        Of the viewer.
    state : PlanState
        Of the draft.
    covers : bool
        The viewer's scope covers all that the draft may change.
    author : bool
        The draft is the viewer's own: nobody approves what is his.
    """
    planner = covers and allows(role, Permission.EDIT_PLANS)
    office = covers and allows(role, Permission.APPROVE_PLANS)
    return {
        "edit": planner and state in EDITABLE,
        "comment": covers and allows(role, Permission.VIEW_PLANS) and state not in ENDED,
        "submit": planner and state in EDITABLE,
        "approve": office and state is PlanState.SUBMITTED and not author,
        "publish": planner and state is PlanState.APPROVED,
    }


def require_code(code: str, *lengths: int) -> str:
    """Return a code that is digits of one of the lengths.

    Raises
    ------
    BadInput
        It is anything else.
    """
    if not (code.isascii() and code.isdigit() and len(code) in lengths):
        wanted = " or ".join(str(one) for one in lengths)
        raise BadInput(f"{code[:20]!r} is no code of {wanted} digits.", [code[:20]])
    return code
