"""What the interface answers. Positions are lon, lat in EPSG:4326; instants are UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """Read from our rows by attribute."""

    model_config = ConfigDict(from_attributes=True)


class Token(Answer):
    """A bearer token and the instant at which it ends."""

    token: str
    expires_at: datetime


class GridProperties(Answer):
    """A grid of a day. ``valid_to`` is exclusive, null means still; counts may be unknown."""

    code: str
    name: str
    name_en: str | None
    kind: str
    community_code: str
    household_count: int | None
    dwelling_count: int | None
    valid_from: date
    valid_to: date | None


class GridFeature(Answer):
    """A grid with its Polygon."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any]
    properties: GridProperties


class GridCollection(Answer):
    """A page of grids; ``next`` is the code to ask ``after`` for, null on the last page."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[GridFeature]
    next: str | None


class Party(Answer):
    """A team or a branch: a post's name and its duty phone, never a person."""

    code: str
    name: str
    name_en: str | None
    kind: str
    division_code: str
    valid_from: date
    valid_to: date | None


class Team(Party):
    """A team and the phone that is answered."""

    duty_phone: str | None


class Branch(Party):
    """A branch and how many members it has."""

    member_count: int


class Located(Answer):
    """The grid of a place and who looks after it; ``grid_code`` null outside every grid."""

    grid_code: str | None
    name: str | None = None
    team: Team | None = None
    branch: Branch | None = None
    edge_m: float | None = Field(default=None, description="Metres from the place to the edge.")
    lon: float
    lat: float


class DivisionAnswer(Answer):
    """A division; the household range is what it states itself, null where it inherits."""

    code: str
    level: str
    parent_code: str | None
    name: str
    name_en: str | None
    household_min: int | None
    household_max: int | None


class Divisions(Answer):
    """Divisions in order of code."""

    items: list[DivisionAnswer]


class Teams(Answer):
    """A page of teams."""

    items: list[Team]
    next: str | None


class Branches(Answer):
    """A page of branches."""

    items: list[Branch]
    next: str | None


class AssignmentAnswer(Answer):
    """Who looked after a grid in a period; ``kind`` is ``team`` or ``branch``."""

    grid_code: str
    kind: str
    code: str
    name: str
    name_en: str | None
    valid_from: date
    valid_to: date | None


class Assignments(Answer):
    """A page of assignments, by grid."""

    items: list[AssignmentAnswer]
    next: str | None


class VisitAnswer(Answer):
    """One round through a grid; it names no resident."""

    id: int
    grid_code: str
    visited_on: date
    dwellings_visited: int
    first_time_dwellings: int
    topics: dict[str, int]


class Visits(Answer):
    """A page of visits, newest record first."""

    items: list[VisitAnswer]
    next: int | None


class CaseAnswer(Answer):
    """A case; the grid, team and branch are those of the day of the report."""

    id: int
    kind: str
    category: str
    category_name: str
    status: str
    level: str
    urgency: str
    outcome: str | None
    description: str | None = Field(description="With *** for numbers that name a person.")
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    provenance: str
    reported_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    grid_code: str | None
    division_code: str | None
    team: str | None
    branch: str | None
    occurred_at: datetime | None
    received_at: datetime
    households_affected: int
    return_count: int
    rating: int | None
    merged_into_id: int | None
    original_lon: float | None = Field(description="As sent in datum, where lon is another.")
    original_lat: float | None
    datum: str
    review_reason: list[str] = Field(description="What is odd about the report.")
    reviewed_at: datetime | None = Field(description="When somebody looked at it.")


class StepAnswer(CaseAnswer):
    """A case after a step; ``warnings`` names ``personal_number`` where the note holds one."""

    warnings: list[str]


class WordsAnswer(Answer):
    """The words of a case as they were written; the look is noted."""

    description: str | None
    notes: dict[int, str]


class Cases(Answer):
    """A page of cases, newest first."""

    items: list[CaseAnswer]
    next: int | None


class Step(Answer):
    """One step of a case's history."""

    seq: int
    at: datetime
    action: str
    from_status: str | None
    to_status: str
    note: str | None


class CaseWithHistory(CaseAnswer):
    """A case and every step it took."""

    history: list[Step]


class Problem(Answer):
    """A refusal, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    ids: list[str] = []
    errors: list[dict[str, str]] = []
