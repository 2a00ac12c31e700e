"""Why a gesture is refused, in the planner's language: the service's sentences as patterns.

The geometry and the log say their refusals in English, since they are used without a page too. A
sentence that is not here is shown as it is; tests/unit/plans/test_refused_words.py holds these to
what is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from flask_babel import lazy_gettext

from gridsvc.web.plans.file_words import FILE_REFUSALS

#: ``{…}`` stands for what differs; codes of grids are shown by the grid's name.
REFUSALS = (
    lazy_gettext("The line does not cut grid {grid} in two: draw it from border to border."),
    lazy_gettext("The line would leave grid {grid} in {count} pieces: one line cuts off one part."),
    lazy_gettext("Grid {grid} would have no ground left: merge or retire it instead."),
    lazy_gettext("Grid {grid} would fall into {count} pieces: look at the smallest."),
    lazy_gettext("Grid {grid} would enclose ground that is not its own."),
    lazy_gettext(
        "A piece of grid {grid} would have an invalid shape: draw the line a little apart from it."
    ),
    lazy_gettext("Grids {one} and {other} share no border."),
    lazy_gettext(
        "The line does not join up with the border between {one} and {other}: begin and "
        "end it on that border or on the rim of both."
    ),
    lazy_gettext("The outline holds no ground that could pass to grid {grid}."),
    lazy_gettext("The line runs too close along another border: draw it a little apart from it."),
    lazy_gettext("The {shape} is a single point: draw it larger."),
    lazy_gettext("The {shape} crosses or touches itself: draw it without a loop."),
    lazy_gettext(
        "The {shape} has {count} vertices, at most {most} are taken: draw it more simply."
    ),
    lazy_gettext("The line has {count} vertices, at most {most} are read: draw it with fewer."),
    lazy_gettext(
        "The border between communities {one} and {other} is locked: ground passes only "
        "between grids of one community."
    ),
    lazy_gettext("The vertex would be dragged across another border of {grids}: drag it less far."),
    lazy_gettext("The outline of community {community} is locked, and the vertex lies on it."),
    lazy_gettext("No border of a grid has a vertex there: take one."),
    lazy_gettext("Nothing would change: the ground is in those grids already."),
    lazy_gettext("Nothing would change: the atoms are in that grid already."),
    lazy_gettext("The chosen atoms are in grid {grid} already."),
    lazy_gettext("Grid {grid} needs another grid to be merged with."),
    lazy_gettext("Grid {grid} has no neighbour that could take its ground."),
    lazy_gettext("Code {code} is in use: choose a free one."),
    lazy_gettext("Code {code} was another grid's and is never given again."),
    lazy_gettext("No code would change: choose codes that are free."),
    lazy_gettext("Code {code} is another grid's: choose codes that are free."),
    lazy_gettext("The new grid lies outside this draft."),
    lazy_gettext("There is no border at the vertex to be dragged."),
    lazy_gettext("There is no grid {grid} here."),
    lazy_gettext("Grid {grid} is locked by {who}: {why}."),
    lazy_gettext("Community {community} is locked by {who}: {why}."),
    lazy_gettext("The draft was redrawn since: ask for proposals anew."),
    lazy_gettext("This alternative changes nothing."),
    lazy_gettext(
        "Grid {grid} was changed by line {line} since you looked: look at it, and draw anew if "
        "you still want to."
    ),
    lazy_gettext("Draft {plan} is being worked on already: wait for job {job}, or cancel it."),
    lazy_gettext("Draft {plan} is being drawn on a new base just now: try again in a moment."),
    lazy_gettext("The draft stands on the newest territory already."),
    lazy_gettext("A chosen building is not here any more."),
    lazy_gettext("What blocks is mended, not explained."),
    lazy_gettext("The target of {target} households lies outside {low} to {high}."),
    lazy_gettext("No grid can have from {low} to {high} households."),
    lazy_gettext("{count} findings block draft {plan}: mend them first."),
    lazy_gettext(
        "{count} warnings of draft {plan} have no written reason: mend them, or write down why "
        "they are passed."
    ),
    lazy_gettext("Grid {grid} would have no team or no branch: choose one, or write down why."),
    lazy_gettext("Draft {plan} was approved for {day}: it cannot hold from {other}."),
    lazy_gettext(
        "Who looks after grid {grid} has changed since the review: take it back and ask again."
    ),
    lazy_gettext("A map cannot hold from {day}: choose {earliest} or later."),
    lazy_gettext(
        "The version in force or announced begins on {last}: a newer one cannot hold from {day} "
        "already."
    ),
    lazy_gettext(
        "The map of {scope} is newer than this draft: {version} ({count} grids differ). Draw the "
        "draft anew upon it."
    ),
    lazy_gettext("The map of {day} cannot be put back from {other}: name an earlier day."),
    lazy_gettext("{scope} had no grids on {day}."),
    lazy_gettext(
        "A file draws its communities whole: look at what {file} changes of the newer map, and "
        "lay it again."
    ),
    lazy_gettext("Request {number} to put back a map of {scope} waits already."),
    lazy_gettext("There is no request {number} to put a map back."),
    lazy_gettext("Request {number} has been answered or taken back already."),
    lazy_gettext("Somebody else has to agree to what you asked for."),
    lazy_gettext("This map is the one in force: there is nothing to publish."),
    lazy_gettext(
        "The new map does not cover what the old one covers: {count} edges have no counterpart, "
        "one of them at {place}."
    ),
    lazy_gettext("{file} is not JSON: {why}."),
    lazy_gettext("{file} is not the {form} file that its name says."),
    lazy_gettext("{file} is not a GeoJSON FeatureCollection."),
    lazy_gettext(
        "{file} is not {encoding} text (byte {place}): save it as UTF-8 or give --encoding."
    ),
    lazy_gettext("There is nothing to undo in draft {plan}."),
    lazy_gettext("There is nothing to redo in draft {plan}."),
    lazy_gettext("Draft {plan} is published: only an open draft can be redrawn."),
    lazy_gettext("Draft {plan} is submitted: only an open draft can be redrawn."),
    lazy_gettext("Draft {plan} is approved: only an open draft can be redrawn."),
    lazy_gettext("Draft {plan} is withdrawn: only an open draft can be redrawn."),
    lazy_gettext("Community {community} is not in draft {plan}."),
    lazy_gettext("{file} cannot be read, it is damaged."),
    lazy_gettext("{file} cannot be read, it is damaged or of an unknown kind."),
    lazy_gettext("{file} is not a zip file that can be read: {why}."),
    lazy_gettext("{file} has no field {field}; its fields are {fields}."),
    lazy_gettext("Grids that overlap: {places}: correct the drawing there."),
    lazy_gettext("Ground in no grid: {places}: correct the drawing there."),
    lazy_gettext("Grid {grid} is drawn in {count} pieces, one at {place}: a grid is one piece."),
    lazy_gettext(
        "Row {row} lies outside the draft, at {place}: leave it out, or check the reference system."
    ),
    lazy_gettext("Row {row} is no plain polygon ({fault}){place}: correct it in the file."),
    lazy_gettext(
        "The {party} {code} is not in service on {day}: choose another one for its grids."
    ),
    lazy_gettext("{file} has {size} MB, at most {most} MB are read: split it."),
    lazy_gettext("{file} is larger than {most} MB: split it."),
    lazy_gettext("{file} unpacks to more than {most} MB: split it."),
    lazy_gettext("{file} has no CAD layer {layer}; its layers are {layers}."),
    lazy_gettext("{file} has no layer {layer}; its layers are {layers}."),
    lazy_gettext("{file} has no layer with shapes."),
    lazy_gettext("{file} holds several layers, choose one with --layer: {layers}."),
    lazy_gettext("This is too large for one sheet: choose a smaller division."),
    lazy_gettext("A line needs at least {count} positions, each lon and lat."),
    lazy_gettext("Draft {plan} went on since you looked: see line {line} first."),
    lazy_gettext("There is no open comment {comment} in this draft."),
    lazy_gettext("There is no comment {comment} in draft {plan}."),
    lazy_gettext("Draft {plan} has no such finding (any more)."),
    lazy_gettext("{code} is not locked in draft {plan}."),
    lazy_gettext("The edit would lose ground or households, so it is not made."),
    lazy_gettext("Draft {plan} and {other} have no community in common."),
    lazy_gettext("There is no division {code} in your area."),
    lazy_gettext("Division {code} has no residential grid on {day}."),
    lazy_gettext(
        "The new map has {count} households, the old one {other}: community {community} gains or "
        "loses some."
    ),
    lazy_gettext("Draft {plan} is not open yet: wait for it."),
    lazy_gettext("Line {line} of draft {plan} waits for no decision."),
    lazy_gettext("Draft {plan} is published and stays as it is."),
    lazy_gettext("Draft {plan} was never opened: begin a new one."),
    lazy_gettext("Draft {plan} is {state}: the day it begins is part of what was seen."),
    lazy_gettext("Draft {plan} is {state}: “{step}” is not for you, or not now."),
    lazy_gettext("Draft {plan} is {state}."),
    lazy_gettext(
        "{count} grids of both days would be compared, at most {most} are: choose a smaller area."
    ),
    lazy_gettext("Another map is being put in force just now: try again in a moment."),
    # Last: what an edit needs may be anything, and other sentences have these words, too.
    lazy_gettext("{step} needs {what}."),
)

#: What a sentence names in the words of the interface: gestures, and what they need.
_NAMED = {
    "step": {
        "split": lazy_gettext("split"),
        "merge": lazy_gettext("merge"),
        "transfer": lazy_gettext("transfer"),
        "relabel": lazy_gettext("relabel"),
        "reshape": lazy_gettext("reshape"),
        "drag": lazy_gettext("drag"),
        "retire": lazy_gettext("retire"),
        "create": lazy_gettext("create"),
        "renumber": lazy_gettext("renumber"),
    },
    "what": {
        "line": lazy_gettext("a line"),
        "lasso": lazy_gettext("a line round the ground"),
        "polygon": lazy_gettext("an outline"),
        "vertex": lazy_gettext("a corner of a border"),
        "grid": lazy_gettext("a grid"),
        "one": lazy_gettext("a grid on one side"),
        "other": lazy_gettext("a grid on the other side"),
        "into": lazy_gettext("the grid that stays"),
        "others": lazy_gettext("the grids that end"),
        "to": lazy_gettext("the grid that gets the ground"),
        "givers": lazy_gettext("the grids that give ground"),
        "heirs": lazy_gettext("the grids that take the ground"),
        "codes": lazy_gettext("the old code and the new one"),
    },
}

#: Signs of a sentence that is looked up.
LONGEST = 600

Known = list[tuple[re.Pattern[str], object]]


def patterns(sentences: Iterable[Any]) -> Known:
    """Make of each sentence, not translated yet, a pattern with a group for what differs."""
    found: Known = []
    for one in sentences:
        parts = re.split(r"\{(\w+)\}", one._args[0])
        text = (f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
        found.append((re.compile("".join(text)), one))
    return found


@cache
def _patterns() -> Known:
    return patterns((*FILE_REFUSALS, *REFUSALS))


def again(sentence: str, known: Known) -> str:
    """Say a sentence in the reader's language by the first pattern that fits, else as it is."""
    # What a file holds may be in it, and long texts made to nearly fit take minutes to try.
    if len(sentence) > LONGEST:
        return sentence
    for pattern, told in known:
        if met := pattern.fullmatch(sentence):
            named = {
                name: str(_NAMED.get(name, {}).get(value, value))
                for name, value in met.groupdict().items()
            }
            return str(told).format(**named)
    return sentence


def in_words(sentence: str) -> str:
    """Return a refusal in the reader's language; one that nobody translated stays as it is."""
    return again(sentence, _patterns())
