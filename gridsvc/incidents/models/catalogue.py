"""What cases can be about: categories, their limits, questions and successors."""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.db import Base, choice
from gridsvc.incidents.rules import (
    Kind,
    LimitKind,
    Urgency,
)
from gridsvc.staffing.models import Team


class Category(Base):
    """What a case is about, by (standard, kind, code), for as long as the entry is valid."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    standard: Mapped[str] = mapped_column(Text)
    kind: Mapped[Kind] = mapped_column(choice(Kind, "kind"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    sensitive: Mapped[bool] = mapped_column(server_default=text("false"))
    # Of things in public space: anybody may read such cases one by one, where the map is public.
    public: Mapped[bool] = mapped_column(server_default=text("false"))
    limit_kind: Mapped[LimitKind | None] = mapped_column(choice(LimitKind, "limit_kind"))
    limit_count: Mapped[int | None]
    duplicate_radius_m: Mapped[float] = mapped_column(server_default=text("100"))
    duplicate_days: Mapped[int] = mapped_column(server_default=text("14"))
    photo_required: Mapped[bool] = mapped_column(server_default=text("false"))
    emergency_phone: Mapped[str | None] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(server_default=text("100"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("standard", "kind", "code", "valid_from"),
        CheckConstraint("valid_to > valid_from", "period"),
        CheckConstraint("not (public and sensitive)", "public"),
        CheckConstraint("limit_count > 0", "limit"),
        CheckConstraint("duplicate_radius_m >= 0 and duplicate_days >= 0", "duplicates"),
    )


class CategoryLimit(Base):
    """The limit of a category's cases that are more urgent than usual, where it has its own."""

    __tablename__ = "category_limit"

    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
    urgency: Mapped[Urgency] = mapped_column(choice(Urgency, "urgency"), primary_key=True)
    limit_kind: Mapped[LimitKind] = mapped_column(choice(LimitKind, "limit_kind"))
    limit_count: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("limit_count > 0", "limit"),
        CheckConstraint("urgency <> 'ordinary'", "beyond_ordinary"),
    )


class CategoryQuestion(Base):
    """An extra question of a category; Open311 calls it an attribute."""

    __tablename__ = "category_question"

    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    rank: Mapped[int]
    datatype: Mapped[str] = mapped_column(Text)
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    prompt: Mapped[str] = mapped_column(Text)
    prompt_en: Mapped[str | None] = mapped_column(Text)
    choices: Mapped[list[dict[str, str]]] = mapped_column(JSONB, default=list)

    __table_args__ = (
        CheckConstraint(
            "datatype in ('string', 'number', 'datetime', 'text', 'singlevaluelist',"
            " 'multivaluelist')",
            "datatype",
        ),
    )


class CategoryCrosswalk(Base):
    """Which entry of a newer edition an entry becomes, from a day on."""

    __tablename__ = "category_crosswalk"

    from_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date)


class SpecialistTeam(Base):
    """A team that co-handles a category wherever its division reaches."""

    __tablename__ = "specialist_team"

    team_id: Mapped[int] = mapped_column(ForeignKey(Team.id), primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey(Category.id), primary_key=True)
