"""Tables of reports: when an office closes its periods, and the packs that it closed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.db import Base, choice
from gridsvc.grids.models import Division
from gridsvc.reports.rules.periods import PeriodKind


class CycleSetting(Base):
    """The days on which the periods of a division close, from a day on; the newest line counts.

    Append-only, so that it is its own history. The empty prefix is everywhere.
    """

    __tablename__ = "cycle_setting"

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(Text)
    closing_days: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    quarter_day: Mapped[int]
    inclusive: Mapped[bool]
    valid_from: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    made_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    reason: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("prefix ~ '^[0-9]{0,12}$'", "prefix"),
        CheckConstraint("cardinality(closing_days) > 0", "closing_days"),
        CheckConstraint("quarter_day between 1 and 28", "quarter_day"),
        Index(None, "prefix"),
    )


class ReportPack(Base):
    """A period that was closed, with its figures as they were: a trigger refuses every change.

    ``figures`` is written canonically (`gridsvc.reports.pack_figures.canonical`), so that counting
    again with the same ``as_of`` gives the same bytes.
    """

    __tablename__ = "report_pack"

    id: Mapped[int] = mapped_column(primary_key=True)
    division_code: Mapped[str] = mapped_column(ForeignKey(Division.code))
    kind: Mapped[PeriodKind] = mapped_column(choice(PeriodKind, "kind"))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    as_of: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    figures: Mapped[str] = mapped_column(Text)
    names: Mapped[dict[str, list[str | None]]] = mapped_column(JSONB)

    __table_args__ = (
        CheckConstraint("ends_on > starts_on and until > since and as_of >= until", "period"),
        UniqueConstraint("division_code", "kind", "starts_on"),
        ExcludeConstraint(
            ("division_code", "="),
            ("kind", "="),
            (text("tstzrange(since, until)"), "&&"),
            name="one_closing_of_an_instant",
            using="gist",
        ),
    )
