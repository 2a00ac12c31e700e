"""What review and publication are asked with, and what they answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from gridsvc.api.answers import Answer
from gridsvc.api.cases.forms import Code, Words
from gridsvc.api.questions import PAGE_LIMIT, Cursor, Day, Prefix, Question, Within

GridCode = Field(pattern=r"^[0-9]{15}$")


class SubmitForm(Question):
    """From which day the draft shall hold; a reason where a grid stays without team or branch."""

    effective_on: Day
    reason: Words | None = None


class ReasonForm(Question):
    """Why; needed where a draft is returned."""

    reason: Words | None = None


class ReturnForm(Question):
    """Why a draft is returned."""

    reason: Words = Field(min_length=1)


class PublishForm(Question):
    """From which day; without one from the approved day."""

    effective_on: Day | None = None


class HandoverQuestion(Question):
    """For which day the tables are worked out; without one for that of the draft, or today."""

    effective_on: Day | None = None


class StaffingChoice(Question):
    """A team and a branch for a grid; what is null is as proposed."""

    grid: str = GridCode
    team: Code | None = None
    branch: Code | None = None


class StaffingForm(Question):
    """Choices of teams and branches."""

    items: list[StaffingChoice] = Field(max_length=2000)


class PublicationsQuestion(Within):
    """A page of publications, newest first."""

    before: Cursor | None = Field(None, description="Last id seen.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)


class RollbackForm(Question):
    """Which day's map holds again, where, and from when; a dry run only tells what would be."""

    within: Prefix = Field(alias="in", description="Division whose grids are put back.")
    to: Day = Field(description="Day whose grids hold again.")
    effective_on: Day
    reason: Words = Field(min_length=1)
    dry_run: bool = False


class RefusalForm(Question):
    """Why a former map is not put back."""

    reason: Words = Field(min_length=1)


class RollbackRequestsQuestion(Within):
    """Wishes to put a former map back, newest first."""

    waiting: bool = Field(False, description="Only those that nobody has decided.")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)


class ReviewAnswer(Answer):
    """A step of the review; ``seen`` are the tables that were submitted."""

    action: str
    by: str
    at: datetime
    reason: str | None
    effective_on: date | None
    log_number: int
    seen: dict[str, Any] | None


class Reviews(Answer):
    """The steps of a draft's review, oldest first, and where it stands now."""

    state: str
    items: list[ReviewAnswer]


class PublicationAnswer(Answer):
    """A version of the map; ``proof`` counts the edges walked and those left over, which is 0."""

    id: int | None
    kind: str
    plan: int | None
    within: str = Field(serialization_alias="in")
    effective_on: date
    published_at: datetime
    by: str
    reason: str | None
    restores_on: date | None
    grids_before: int
    grids_after: int
    households: int
    proof: dict[str, Any]


class RollbackRequestAnswer(Answer):
    """A wish to put a former map back; ``decision`` is null while it waits."""

    id: int
    within: str = Field(serialization_alias="in")
    to: date = Field(description="Day whose grids shall hold again.")
    effective_on: date
    reason: str
    by: str
    at: datetime
    seen: dict[str, Any]
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    answer: str | None
    publication: int | None


class RollbackRequests(Answer):
    """A page of wishes to put a former map back."""

    items: list[RollbackRequestAnswer]


class Publications(Answer):
    """A page of publications."""

    items: list[PublicationAnswer]
    next: int | None


class DescentAnswer(Answer):
    """Ground that went from a grid to another, or stayed."""

    publication: int
    on: date
    kind: str
    from_code: str = Field(serialization_alias="from")
    to_code: str = Field(serialization_alias="to")
    households: int
    area_m2: float
    estimated: bool


class PublicationDetail(PublicationAnswer):
    """A publication, what it did to the grids, who was to get what, and what came of it."""

    lineage: list[DescentAnswer]
    seen: dict[str, Any]
    handed_over_at: datetime | None
    cases_handed_over: int
    differences: dict[str, list[int]]


class Lineage(Answer):
    """Where a grid's ground came from and went to, newest first."""

    items: list[DescentAnswer]
