"""What drafts answer: the shapes of `gridsvc.api.plans.answers`, for the interface's document."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from gridsvc.api.answers import Answer
from gridsvc.plans.rules import EditKind


class Open(Answer):
    """May have more fields than are named, which differ by kind."""

    model_config = ConfigDict(from_attributes=True, extra="allow")


class Person(Answer):
    """Who did something: an account and its post, never a name."""

    username: str
    title: str


class Feature(Answer):
    """A GeoJSON feature, lon and lat in EPSG:4326."""

    type: str
    id: int | str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class Features(Answer):
    """A GeoJSON feature collection."""

    type: str
    features: list[Feature]


class DraftFeatures(Features):
    """The grids or atoms of a draft at a line of its log."""

    log_number: int


class JobAnswer(Open):
    """Work that the worker does; what came of it stands beside its own fields, by kind."""

    id: int
    kind: str
    state: str
    done: int
    total: int
    error: str | None
    seen: int
    params: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None


class Jobs(Answer):
    """The work done for a draft, the newest first."""

    items: list[JobAnswer]


class PlanInShort(Answer):
    """A draft in a list; ``can`` tells which steps the caller may take."""

    id: int
    name: str
    note: str | None
    scope_code: str
    scope_name: str
    base_on: date
    state: str
    log_number: int
    effective_on: date | None
    created_at: datetime
    changed_at: datetime
    owner: Person
    grids: int
    households: int
    overtaken: bool = Field(description="A newer map came since: it must be rebased.")
    job: JobAnswer | None
    can: dict[str, bool]


class LineInShort(Answer):
    """What undo or redo would turn."""

    seq: int
    kind: EditKind
    by: Person | None
    at: datetime


class PlanAnswer(PlanInShort):
    """A draft, with what undo and redo would do."""

    undo: LineInShort | None
    redo: LineInShort | None


class Plans(Answer):
    """A page of drafts, the newest first."""

    items: list[PlanInShort]
    next: int | None


class LineAnswer(Answer):
    """A line of the log; ``households`` tells each grid's count before and after it."""

    seq: int
    kind: EditKind
    params: dict[str, Any]
    actor: Person | None
    at: datetime
    why: str | None
    grids: list[str]
    households: dict[str, Any]
    shifted_m: float
    of: int | None
    standing: bool


class Lines(Open):
    """A page of the log."""

    items: list[LineAnswer]


class FindingAnswer(Answer):
    """Something wrong with a draft; each fix is an edit that can be sent as it is."""

    key: str
    kind: str
    severity: str
    grids: list[str]
    community: str | None
    figure: float | None
    unit: str | None
    lon: float | None
    lat: float | None
    detail: Any
    geometry: dict[str, Any] | None
    waived: dict[str, Any] | None
    fixes: list[dict[str, Any]]


class Findings(Answer):
    """What is wrong with a draft, what blocks first."""

    log_number: int
    blocking: int
    warnings: int
    items: list[FindingAnswer]


class WaiverAnswer(Answer):
    """A warning that is answered for; null takes the answer back."""

    kind: str
    grids: list[str]
    why: str | None


class EffectAnswer(Answer):
    """What an edit did, or would do: ``seq`` is null for a preview."""

    seq: int | None
    kind: EditKind
    dry_run: bool
    repeated: bool
    rebased: bool = Field(description="Others came in between, elsewhere.")
    log_number: int
    shifted_m: float
    undo: int | None
    redo: int | None
    grids: list[dict[str, Any]]
    features: Features
    findings: list[FindingAnswer]


class Compared(Answer):
    """What is different between two maps: ground, households, grids, cases that change hands."""

    before: str
    after: str
    moved_households: int
    moved_share: float
    estimated: bool
    renumbered: dict[str, str] = Field(description="Old code to new: nothing else changes.")
    pieces: Features
    flows: list[dict[str, Any]]
    grids: list[dict[str, Any]]
    cases: list[dict[str, Any]]


class CompareAnswer(Compared):
    """A draft beside another map."""

    log_number: int


class DaysAnswer(Compared):
    """The maps of two days, and the teams and branches that gain or lose."""

    parties: list[dict[str, Any]]


class CommentAnswer(Answer):
    """Words pinned to a place of a draft."""

    id: int
    at: datetime
    lon: float
    lat: float
    text: str
    author: Person | None
    closed_at: datetime | None
    closed_by: Person | None
    closed_seq: int | None


class Comments(Answer):
    """What was said about a draft, what is open first."""

    items: list[CommentAnswer]


class LockAnswer(Answer):
    """A grid or a community that stays as it is, and why."""

    code: str
    why: str
    by: Person | None
    at: datetime


class Locks(Answer):
    """The grids and communities that stay as they are."""

    items: list[LockAnswer]


class MisfitAnswer(Answer):
    """An edit that did not fit a new base, and what was decided."""

    seq: int
    kind: EditKind
    params: dict[str, Any]
    why: str
    lon: float | None
    lat: float | None
    decision: str | None
    decided_at: datetime | None


class Misfits(Answer):
    """The edits that did not fit a new base, what is undecided first."""

    items: list[MisfitAnswer]


class DecisionAnswer(Answer):
    """What was decided about an edit that no longer fits."""

    seq: int
    decision: str


class HandoverAnswer(Answer):
    """Who gets which grid, which open case and which accounts go along."""

    effective_on: date
    staffing: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    parties: list[dict[str, Any]]
    accounts: list[dict[str, Any]] = []
    sensitive_cases: int | None = Field(description="Masked: small counts are null.")
