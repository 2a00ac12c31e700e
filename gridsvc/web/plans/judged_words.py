"""What the desk's scripts say when a draft is judged: findings, proposals, comparison, review."""

from __future__ import annotations

from flask_babel import lazy_gettext

#: Key → English sentence; ``{…}`` is filled by the script.
JUDGING = {
    "finding.out_of_range.few": lazy_gettext("{grids}: {figure} households too few"),
    "finding.out_of_range.many": lazy_gettext("{grids}: {figure} households too many"),
    "fix.more": lazy_gettext("Other ways"),
    "waive.alike": lazy_gettext("The same reason for all {count} of this kind"),
    "finding.not_one_piece": lazy_gettext("{grids} is not one piece"),
    "finding.hole": lazy_gettext("{grids} has a hole"),
    "finding.narrow_neck": lazy_gettext("{grids} hangs together by {figure} m"),
    "finding.crosses_community": lazy_gettext("{grids} lies in two communities"),
    "finding.crosses_barrier": lazy_gettext("A river or main road runs {figure} m through {grids}"),
    "finding.building_cut": lazy_gettext("The border of {grids} cuts a building"),
    "finding.code_out_of_order": lazy_gettext(
        "The numbers around {grids} do not follow west to east, north to south"
    ),
    "finding.code_reused": lazy_gettext("The number of {grids} was used before"),
    "finding.gap": lazy_gettext("{figure} m² belong to no grid"),
    "finding.overlap": lazy_gettext("{figure} m² belong to more than one grid"),
    "finding.border_unmatched": lazy_gettext("{figure} m of border do not meet at {grids}"),
    "finding.household_count_differs": lazy_gettext(
        "The households of {grids} differ from the base by {figure}"
    ),
    "finding.no_team": lazy_gettext("Nobody would be in charge of {grids}"),
    "finding.no_branch": lazy_gettext("{grids} would have no branch"),
    "finding.misfit": lazy_gettext("A step no longer fits the newer map ({grids}): {detail}"),
    "findings.made": lazy_gettext("to look at · {blocking} blocking · {warnings} warnings"),
    "findings.none": lazy_gettext("Nothing stands against this draft"),
    "findings.proof": lazy_gettext(
        "Every border is shared by both sides, nothing is left out and nothing lies "
        "double: this is proved anew after every step."
    ),
    "fix.merge": lazy_gettext("Join {grid} to {to}"),
    "fix.relabel": lazy_gettext("Give {count} buildings to {to}"),
    "fix.renumber": lazy_gettext("Renumber {count}"),
    "fix.propose": lazy_gettext("Mend with least change"),
    "waive": lazy_gettext("Accept with a reason"),
    "waive.why": lazy_gettext("Why may it stay as it is?"),
    "waive.back": lazy_gettext("Take the reason back"),
    "propose": lazy_gettext("Make three proposals"),
    "propose.only": lazy_gettext("Only the {count} communities of the chosen grids"),
    "propose.more": lazy_gettext("Range, size and seed"),
    "propose.take": lazy_gettext("Take the proposal “{style}”"),
    "propose.none": lazy_gettext("No proposal yet"),
    "propose.teach": lazy_gettext(
        "The machine draws three: households evenly, shapes compact, and the least change "
        "that mends what left its range. Locked grids stay."
    ),
    "propose.stale": lazy_gettext("The draft has changed since; a proposal may no longer fit."),
    "low": lazy_gettext("At least, households"),
    "high": lazy_gettext("At most, households"),
    "target": lazy_gettext("Aim at, households"),
    "seed": lazy_gettext("Seed"),
    "look": lazy_gettext("Look"),
    "take": lazy_gettext("Take"),
    "job.waiting": lazy_gettext("It begins in a moment…"),
    "job.running": lazy_gettext("{done} of {total}"),
    "job.cancelled": lazy_gettext("Cancelled; nothing was changed."),
    "style.present": lazy_gettext("Now"),
    "style.balanced": lazy_gettext("Balanced"),
    "style.compact": lazy_gettext("Compact"),
    "style.least_change": lazy_gettext("Least change"),
    "score.grids": lazy_gettext("Grids"),
    "score.grids.why": lazy_gettext("How many grids there would be"),
    "score.in_range": lazy_gettext("In range"),
    "score.in_range.why": lazy_gettext("Share of grids within the range of households"),
    "score.contiguous": lazy_gettext("One piece"),
    "score.contiguous.why": lazy_gettext("Share of grids that are one piece"),
    "score.moved_share": lazy_gettext("Moved"),
    "score.moved_share.why": lazy_gettext("Share of households that get another grid"),
    "score.changed_grids": lazy_gettext("Changed"),
    "score.changed_grids.why": lazy_gettext("Grids that change"),
    "score.variation": lazy_gettext("Unevenness"),
    "score.variation.why": lazy_gettext("Spread of households over the grids, 0 is even"),
    "score.compactness": lazy_gettext("Shape"),
    "score.compactness.why": lazy_gettext("Mean compactness, 1 is a circle"),
    "score.split_blocks": lazy_gettext("Blocks split"),
    "score.split_blocks.why": lazy_gettext("Blocks that could have stayed in one grid"),
    "score.barrier_m": lazy_gettext("River inside, m"),
    "score.barrier_m.why": lazy_gettext("Metres of river that run inside grids"),
    "infeasible.too_few": lazy_gettext(
        "{community}: a piece with {households} households is too small for a grid"
    ),
    "infeasible.no_count": lazy_gettext(
        "{community}: no number of grids fits {households} households"
    ),
    "infeasible.atom_too_large": lazy_gettext(
        "{community}: one building alone has {households} households"
    ),
    "infeasible.not_found": lazy_gettext(
        "{community}: no division of {households} households was found"
    ),
    "compare.renumbered": lazy_gettext("Only the number changes"),
    "compare.near": lazy_gettext("due within a day"),
    "compare.made": lazy_gettext("households get another grid ({share}) · {pieces} pieces change"),
    "compare.estimated": lazy_gettext("Some are shared out by area."),
    "compare.same": lazy_gettext("Nothing differs."),
    "compare.nothing": lazy_gettext("none"),
    "compare.flows": lazy_gettext("Which households move"),
    "compare.grids": lazy_gettext("Which grids gain and lose"),
    "compare.parties": lazy_gettext("Who gains and loses"),
    "compare.cases": lazy_gettext("Open cases that change hands"),
    "compare.from": lazy_gettext("From grid"),
    "compare.to": lazy_gettext("To grid"),
    "compare.before": lazy_gettext("Before"),
    "compare.after": lazy_gettext("After"),
    "compare.came": lazy_gettext("Came"),
    "compare.went": lazy_gettext("Went"),
    "compare.hands": lazy_gettext("From and to"),
    "party": lazy_gettext("Team or branch"),
    "party.team": lazy_gettext("team"),
    "party.branch": lazy_gettext("branch"),
    "remark.text": lazy_gettext("What is to be thought of here?"),
    "remark.keep": lazy_gettext("Pin it"),
    "remark.close": lazy_gettext("Close"),
    "remark.closed": lazy_gettext("closed"),
    "remark.closed_by_edit": lazy_gettext("answered by step {number}"),
    "remark.none": lazy_gettext("No remark yet"),
    "remark.teach": lazy_gettext(
        "A remark is pinned to a place on the map and is closed by the step that answers it."
    ),
    "review.accounts": lazy_gettext("Accounts that go along with their grid"),
    "review.instead": lazy_gettext("instead of the old one"),
    "review.besides": lazy_gettext("besides the old one"),
    "review.staffing": lazy_gettext("Who would be in charge"),
    "review.in_charge": lazy_gettext("In charge"),
    "review.choose": lazy_gettext("Choose others"),
    "review.team": lazy_gettext("Team"),
    "review.branch": lazy_gettext("Branch"),
    "review.proposed": lazy_gettext("as proposed"),
    "review.sensitive": lazy_gettext("and {count} of kinds that only their handlers see"),
    "review.goes_to": lazy_gettext("to {grid}"),
    "change.new": lazy_gettext("newly made"),
    "change.changed": lazy_gettext("changed"),
    "change.ended": lazy_gettext("ends"),
    "review.seen": lazy_gettext("What changes on that day"),
    "review.made": lazy_gettext(
        "{grids} grids · {cases} open cases change hands · {near} near their limit"
    ),
    "review.words": lazy_gettext("A word to the reviewer (may stay empty)"),
    "review.blocked": lazy_gettext("{count} findings must be mended first."),
    "review.unreasoned": lazy_gettext(
        "{count} warnings need to be mended or accepted with a reason."
    ),
    "review.submit": lazy_gettext("Send for approval"),
    "review.submit.teach": lazy_gettext(
        "The street office decides. Until then the draft stays as it is."
    ),
    "review.from": lazy_gettext("In force from"),
    "review.approve": lazy_gettext("Approve"),
    "review.return": lazy_gettext("Send back"),
    "review.reason": lazy_gettext("Reason (needed to send it back)"),
    "review.reason_missing": lazy_gettext("Say why it is sent back."),
    "review.approve.teach": lazy_gettext(
        "Look at the map, the findings and the tables below, then decide."
    ),
    "review.recall": lazy_gettext("Take it back"),
    "review.publish": lazy_gettext("Publish"),
    "review.sure": lazy_gettext("The tables below were seen"),
    "review.publish.teach": lazy_gettext(
        "The map changes on that day in one step; what was reported before keeps the grid "
        "of its day."
    ),
    "review.in_force": lazy_gettext("In force from {day}."),
    "review.new_map": lazy_gettext("The map of {day}"),
    "review.old_map": lazy_gettext("The day before: {day}"),
    "review.decisions": lazy_gettext("Decisions"),
    "review.log": lazy_gettext("Log"),
    "review.did.submit": lazy_gettext("Sent for approval"),
    "review.did.recall": lazy_gettext("Taken back"),
    "review.did.approve": lazy_gettext("Approved"),
    "review.did.return": lazy_gettext("Sent back"),
    "said.submit": lazy_gettext("Sent for approval."),
    "said.recall": lazy_gettext("Taken back; the draft can be changed again."),
    "said.approve": lazy_gettext("Approved. A planner publishes it."),
    "said.return": lazy_gettext("Sent back to the planner."),
    "said.publish": lazy_gettext("Published: in force from {day}."),
    "rebase": lazy_gettext("Carry over to the newer map"),
    "rebase.needed": lazy_gettext(
        "The published map has changed below this draft. Carry the draft over to it "
        "before it is sent for approval."
    ),
    "rebase.done": lazy_gettext("The draft now lies on the newest map."),
    "rebase.lay": lazy_gettext("Look at it and lay it again"),
    "rebase.misfits": lazy_gettext("Steps that no longer fit"),
    "rebase.redo": lazy_gettext("Draw it again"),
    "rebase.drop": lazy_gettext("Leave it out"),
    "rebase.dropped": lazy_gettext("left out"),
    "rebase.redone": lazy_gettext("drawn again"),
}
