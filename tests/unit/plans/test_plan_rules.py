"""What of a log stands, and who may do what with a draft."""

from __future__ import annotations

import pytest

from gridsvc.accounts.rules import Role
from gridsvc.errors import BadInput
from gridsvc.plans.rules import EditKind, Line, PlanState, can, require_code, standing


def log(*kinds):
    """A log of words; ``undo:2`` is an undo of line 2."""
    lines = []
    for seq, word in enumerate(kinds, start=1):
        kind, _, about = word.partition(":")
        lines.append(Line(seq, EditKind(kind), int(about) if about else None))
    return standing(lines)


@pytest.mark.parametrize(
    ("kinds", "edits", "undone"),
    [
        ([], (), ()),
        (["split", "merge"], (1, 2), ()),
        (["split", "merge", "undo:2"], (1,), (2,)),
        (["split", "merge", "undo:2", "undo:1"], (), (2, 1)),
        (["split", "merge", "undo:2", "undo:1", "redo:1"], (1,), (2,)),
        (["split", "undo:1", "merge"], (3,), ()),
        (["split", "undo:1", "redo:1", "undo:1"], (), (1,)),
        (["split", "merge", "rebase", "split:1"], (4,), ()),
    ],
)
def test_what_stands_of_a_log(kinds, edits, undone):
    found = log(*kinds)
    assert (found.edits, found.undone) == (edits, undone)
    assert (found.undo, found.redo) == (edits[-1:] or (None,))[:1] + (undone[-1:] or (None,))[:1]


@pytest.mark.parametrize(
    ("role", "state", "author", "allowed"),
    [
        (Role.PLANNER, PlanState.DRAFT, True, {"edit", "comment", "submit"}),
        (Role.PLANNER, PlanState.RETURNED, False, {"edit", "comment", "submit"}),
        (Role.PLANNER, PlanState.SUBMITTED, True, {"comment"}),
        (Role.PLANNER, PlanState.APPROVED, True, {"comment", "publish"}),
        (Role.PLANNER, PlanState.PUBLISHED, True, set()),
        (Role.STREET_STAFF, PlanState.SUBMITTED, False, {"comment", "approve"}),
        (Role.STREET_STAFF, PlanState.SUBMITTED, True, {"comment"}),
        (Role.COMMUNITY_STAFF, PlanState.DRAFT, False, {"comment"}),
        (Role.LEADER, PlanState.DRAFT, False, set()),
        (Role.ADMIN, PlanState.APPROVED, False, set()),
    ],
)
def test_who_may_do_what(role, state, author, allowed):
    rights = can(role, state, covers=True, author=author)
    assert {name for name, may in rights.items() if may} == allowed
    assert not any(can(role, state, covers=False, author=author).values())


@pytest.mark.parametrize("code", ["", "1", "52030200100100a", "５２０３０２００１００１００１"])
def test_a_code_is_digits_of_its_length(code):
    assert require_code("520302001001001", 12, 15) == "520302001001001"
    with pytest.raises(BadInput, match="12 or 15 digits"):
        require_code(code, 12, 15)
