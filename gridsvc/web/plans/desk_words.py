"""What the desk's scripts say while somebody draws."""

from __future__ import annotations

from flask_babel import lazy_gettext

#: Key → English sentence; ``{…}`` is filled by the script.
DRAWING = {
    "failed": lazy_gettext("That could not be done. Nothing was changed; try again in a moment."),
    "offline": lazy_gettext("No connection to the service. Nothing was changed."),
    "signed_out": lazy_gettext(
        "Your session has ended. The draft is kept on the server: sign in again in another tab."
    ),
    "loading": lazy_gettext("Loading…"),
    "asking": lazy_gettext("Working out both sides…"),
    "opening": lazy_gettext("The draft is being prepared: {done} of {total}"),
    "cancel": lazy_gettext("Cancel"),
    "confirm": lazy_gettext("Do it"),
    "go_on": lazy_gettext("Go on"),
    "finish": lazy_gettext("Finish"),
    "back_one": lazy_gettext("Back one point"),
    "draw_again": lazy_gettext("Draw again"),
    "load_again": lazy_gettext("Load and look again"),
    "refused": lazy_gettext("This cannot be done"),
    "meet": lazy_gettext("Somebody changed the same grids meanwhile"),
    "why": lazy_gettext("Why (for the log; may stay empty)"),
    "and": lazy_gettext(", "),
    "grid": lazy_gettext("Grid"),
    "households": lazy_gettext("Households"),
    "open": lazy_gettext("Open"),
    "case": lazy_gettext("Case"),
    "due": lazy_gettext("due"),
    "compactness": lazy_gettext("Shape"),
    "compactness.why": lazy_gettext("Compactness: 1 is a circle, a strip is near 0"),
    "load": lazy_gettext("Visits"),
    "load.why": lazy_gettext("Dwellings to be visited for each post held"),
    "new_grid": lazy_gettext("a new grid"),
    "retired": lazy_gettext("no longer there"),
    "changed": lazy_gettext("changed"),
    "locked": lazy_gettext("locked"),
    "no_team": lazy_gettext("nobody in charge"),
    "posts": lazy_gettext("{held} of {posts} posts held"),
    "of_range": lazy_gettext("of {low}–{high}"),
    "answer": lazy_gettext(
        "of {grids} grids lie within their range · {households} households · {changed} changed"
    ),
    "number_of": lazy_gettext("step {number}"),
    "shifted": lazy_gettext("The line's ends were moved by {metres} m to meet the border."),
    "rebased": lazy_gettext(
        "Others worked meanwhile on grids that this does not touch; both stand."
    ),
    "answers": lazy_gettext("Closes the remark"),
    "edit_by": lazy_gettext("{number} · {kind} by {who}"),
    "edit_number": lazy_gettext("Step {number}, {kind}"),
    "number": lazy_gettext("Its new number, three digits"),
    "why_locked": lazy_gettext("Why is it locked?"),
    "lock_community": lazy_gettext("The whole community"),
    "unlock": lazy_gettext("Unlock"),
    "no_buildings": lazy_gettext("The community has no other grid to take buildings from."),
    "ticked": lazy_gettext("{count} buildings · {households} households"),
    "state.opening": lazy_gettext("being prepared"),
    "state.draft": lazy_gettext("draft"),
    "state.submitted": lazy_gettext("waiting for approval"),
    "state.approved": lazy_gettext("approved"),
    "state.returned": lazy_gettext("sent back"),
    "state.published": lazy_gettext("published"),
    "state.withdrawn": lazy_gettext("withdrawn"),
    "tool.split": lazy_gettext("Split"),
    "tool.merge": lazy_gettext("Merge"),
    "tool.transfer": lazy_gettext("Hand over"),
    "tool.relabel": lazy_gettext("Buildings"),
    "tool.reshape": lazy_gettext("Border"),
    "tool.drag": lazy_gettext("Corner"),
    "tool.lock": lazy_gettext("Lock"),
    "tool.retire": lazy_gettext("Retire"),
    "tool.create": lazy_gettext("New"),
    "tool.renumber": lazy_gettext("Number"),
    "tool.comment": lazy_gettext("Remark"),
    "kind.split": lazy_gettext("Split a grid"),
    "kind.merge": lazy_gettext("Merge grids"),
    "kind.transfer": lazy_gettext("Hand over a piece"),
    "kind.relabel": lazy_gettext("Hand over buildings"),
    "kind.reshape": lazy_gettext("Redraw a border"),
    "kind.drag": lazy_gettext("Move a corner"),
    "kind.retire": lazy_gettext("Retire a grid"),
    "kind.create": lazy_gettext("Make a grid"),
    "kind.renumber": lazy_gettext("Give another number"),
    "kind.proposal": lazy_gettext("Take a proposal"),
    "kind.intake": lazy_gettext("Lay a file over the draft"),
    "kind.undo": lazy_gettext("Undo"),
    "kind.redo": lazy_gettext("Redo"),
    "kind.rebase": lazy_gettext("Carry over to the newer map"),
    "hint.split": lazy_gettext(
        "Draw a line across one grid. A click sets a point; Enter ends the line."
    ),
    "hint.merge": lazy_gettext("{grid}: click more grids, then go on. The first one stays."),
    "hint.transfer": lazy_gettext("Draw round what {grid} shall get. Enter closes the area."),
    "hint.relabel": lazy_gettext("Click the buildings that {grid} shall get; Shift takes a block."),
    "hint.reshape": lazy_gettext("Draw the new border between {grid}."),
    "hint.drag": lazy_gettext(
        "Drag a corner of {grid}. The community's outline has none: it is locked."
    ),
    "hint.create": lazy_gettext(
        "Draw round the new grid, inside one community. Enter closes the area."
    ),
    "hint.retire": lazy_gettext("{grid}"),
    "hint.renumber": lazy_gettext("{grid}"),
    "hint.lock": lazy_gettext("{grid}"),
    "hint.comment": lazy_gettext("Click the place that the remark is about."),
    "pick.merge.0": lazy_gettext("Click the grid that stays."),
    "pick.merge.1": lazy_gettext("Click a grid that joins it."),
    "pick.transfer.0": lazy_gettext("Click the grid that gets more."),
    "pick.relabel.0": lazy_gettext("Click the grid that gets the buildings."),
    "pick.reshape.0": lazy_gettext("Click the first of two neighbours."),
    "pick.reshape.1": lazy_gettext("Click the other neighbour."),
    "pick.drag.0": lazy_gettext("Click the grid whose corner moves."),
    "pick.retire.0": lazy_gettext("Click the grid that goes."),
    "pick.renumber.0": lazy_gettext("Click the grid that gets another number."),
    "pick.lock.0": lazy_gettext("Click the grid to lock or unlock."),
    "zoom": lazy_gettext("Show on the map"),
    "waived": lazy_gettext("Accepted by {who}: {why}"),
}

#: State of a draft → its word, for lists.
PLAN_STATES = {
    key.removeprefix("state."): text for key, text in DRAWING.items() if key.startswith("state.")
}
