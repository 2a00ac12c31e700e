"""What the interface answers of quarters, their teams and their marks."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from gridsvc.api.answers import Answer
from gridsvc.appraisals.rules import PointKind, Rater, Source


class QuarterAnswer(Answer):
    """A quarter of an office; once locked its marks stand."""

    id: int
    office: str
    starts_on: date
    last_day: date
    opened_at: datetime
    locked_at: datetime | None


class Quarters(Answer):
    """A page of quarters, the last opened first."""

    items: list[QuarterAnswer]
    next: int | None


class TeamMarks(Answer):
    """A team in a quarter: a mark of 0 to 100 a source, null where it is missing."""

    team_id: int
    code: str
    name: str
    name_en: str | None
    marks: dict[Source, float | None]
    total: float | None
    weight: int = Field(description="Per cent of the weights that answered.")
    missing: list[Source] = Field(description="They count and gave no mark; never a zero.")


class TeamLine(TeamMarks):
    """A team of the sheet; ``points`` over all locked quarters."""

    points: int
    flagged: bool = Field(description="Its panel was not satisfied two half-years in a row.")


class Satisfied(Answer):
    """One tap after closing: cases closed, told of it, and rated; ``share`` of the rated."""

    asked: int
    reached: int
    answered: int
    satisfied: int
    share: float | None


class QuarterWhole(QuarterAnswer):
    """A quarter with the teams of the caller's scope, in order of grid."""

    satisfaction: Satisfied
    teams: list[TeamLine]


class TallyAnswer(Answer):
    """What a group answered; ``mean`` is null where nobody did."""

    asked: int
    reached: int
    answered: int
    points: int
    mean: float | None


class Booking(Answer):
    """Points that a team was given when a quarter was locked."""

    appraisal_id: int
    kind: PointKind
    count: int
    points: int
    at: datetime


class TeamWhole(TeamMarks):
    """A team in a quarter: what each group answered, and its points of all quarters."""

    tallies: dict[Rater, TallyAnswer]
    points: list[Booking]
