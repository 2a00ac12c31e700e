"""What is sent about drafts; anything else is refused with the field's path."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from gridsvc.api.cases.forms import Key, Words
from gridsvc.api.questions import (
    PAGE_LIMIT,
    Cursor,
    Dated,
    Day,
    Latitude,
    Longitude,
    Question,
    Within,
)  # fmt: skip
from gridsvc.plans.rules import EditKind, PlanState

Name = Annotated[Words, Field(min_length=1, max_length=200)]
Reason = Annotated[Words, Field(min_length=1)]
GridCode = Annotated[str, Field(pattern=r"^[0-9]{15}$")]
Seen = Annotated[int, Field(ge=0, lt=2**31)]
Style = Literal["balanced", "compact", "least_change"]
#: Characters: a scribble of 10,000 vertices with all their digits has room, and is told its place.
_PARAMS_LIMIT = 900_000
#: A line is a list of positions in the params.
_DEPTH = 3


def _is_shallow(value: Any, left: int) -> bool:
    """Tell whether nothing is nested deeper than some levels, without walking any deeper."""
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return left > 0 and all(_is_shallow(one, left - 1) for one in inner)


class PlansQuestion(Within):
    """A page of drafts, the newest first."""

    state: PlanState | None = None
    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)


class PlanForm(Question):
    """A new draft."""

    name: Name
    scope: str = Field(pattern=r"^[0-9]{1,12}$", description="Code of a division.")
    note: Words | None = None
    base_on: Day | None = Field(None, description="Day to begin from; the newest without it.")


class PlanChange(Question):
    """What is said of a draft; only what is sent changes, so the defaults are never read."""

    name: Name = ""
    note: Words | None = None
    effective_on: Day | None = None
    state: Literal[PlanState.DRAFT, PlanState.WITHDRAWN] = PlanState.DRAFT


class AtomsQuestion(Question):
    """Which atoms: those of some grids."""

    grids: str = Field(pattern=r"^[0-9]{12,15}(,[0-9]{12,15})*$", max_length=4000)


class LogQuestion(Question):
    """A page of the log, the newest line first."""

    before: Cursor | None = Field(None, description="Last log number seen.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)


class StepForm(Question):
    """What every line of the log is sent with."""

    seen: Seen = Field(description="Log number of the draft that was looked at.")
    client_id: Key | None = Field(None, description="Made by the sender, once an edit.")
    why: Words | None = None
    dry_run: bool = Field(False, description="Answer what it would do, and do nothing.")


class EditForm(StepForm):
    """An edit of a draft; docs/drafts.md lists the params of each kind."""

    kind: Literal[
        EditKind.SPLIT, EditKind.MERGE, EditKind.TRANSFER, EditKind.RELABEL, EditKind.RESHAPE,
        EditKind.DRAG, EditKind.RETIRE, EditKind.CREATE, EditKind.RENUMBER,
    ]  # fmt: skip
    params: dict[str, Any]
    closes: list[Cursor] = Field(default_factory=list, max_length=100)
    redoes: Cursor | None = Field(None, description="Line of a misfit that it draws anew.")

    @field_validator("params")
    @classmethod
    def _small_and_storable(cls, params: dict[str, Any]) -> dict[str, Any]:
        if not _is_shallow(params, _DEPTH):
            raise ValueError("is nested too deep")
        text = json.dumps(params, allow_nan=False)
        if len(text) > _PARAMS_LIMIT or "\\u0000" in text or "\\ud" in text:
            raise ValueError("is too long, or holds a character that is no text")
        return params


class WaiverForm(Question):
    """A reason for passing a warning; null takes it back."""

    kind: str = Field(pattern=r"^[a-z_]{1,40}$")
    grids: list[GridCode] = Field(max_length=1000)
    why: Reason | None


class CompareQuestion(Question):
    """With what a draft is compared."""

    other: str = Field(
        "base",
        alias="with",
        pattern=r"^(base|plan:[1-9][0-9]{0,9}|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        description="base, plan:ID, or a date.",
    )


class DaysQuestion(Dated):
    """An area, and the two days whose maps are compared; their order does not matter."""

    within: str = Field(alias="in", pattern=r"^[0-9]{6,12}$", description="Code of a division.")
    other: Day = Field(alias="with", description="The other day; ``on`` is today by default.")


class ProposalForm(Question):
    """What the machine shall propose."""

    styles: list[Style] = Field(["balanced", "compact", "least_change"], min_length=1, max_length=3)
    communities: list[Annotated[str, Field(pattern=r"^[0-9]{12}$")]] | None = Field(
        None, max_length=1000, description="All of the draft without it."
    )
    low: int | None = Field(None, ge=1, le=100_000)
    high: int | None = Field(None, ge=1, le=100_000)
    target: int | None = Field(None, ge=1, le=100_000, description="Households of a grid.")
    grids: int | None = Field(None, ge=1, le=100_000, description="How many teams there are.")
    seed: int = Field(0, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _in_order(self) -> ProposalForm:
        if self.low and self.high and self.low > self.high:
            raise ValueError("low must not exceed high")
        if self.target and self.grids:
            raise ValueError("give target or grids, not both")
        return self


class TakeForm(StepForm):
    """Which alternative becomes the draft's."""

    style: Style
    closes: list[Cursor] = Field(default_factory=list, max_length=100)


class CommentForm(Question):
    """Words about a place."""

    lon: Longitude
    lat: Latitude
    text: Reason


class LockForm(Question):
    """What must stay as it is, and why."""

    code: str = Field(pattern=r"^([0-9]{12}|[0-9]{15})$")
    why: Reason


class ReasonForm(Question):
    """Why."""

    why: Words | None = None


class RebaseForm(Question):
    """Begin anew from the newest territory."""

    seen: Seen
    dry_run: bool = False
