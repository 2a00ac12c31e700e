"""Tables of printings and of cards given out: cards are counted, receivers are not known."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gridsvc.accounts.models import UserAccount
from gridsvc.cards.rules import MOST_COPIES, CardKind, OrderState, Paper
from gridsvc.db import Base, choice
from gridsvc.grids.models import Grid


class CardOrder(Base):
    """A printing of many grids, done by a worker part by part.

    ``beat_at`` is when a worker took its next part; ``NULL``: nobody is at it.
    """

    __tablename__ = "card_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[CardKind] = mapped_column(choice(CardKind, "kind"))
    paper: Mapped[Paper] = mapped_column(choice(Paper, "paper"))
    copies: Mapped[int]
    grid_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    within: Mapped[str] = mapped_column(Text)
    base_url: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    state: Mapped[OrderState] = mapped_column(choice(OrderState, "state"))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[str | None] = mapped_column(Text)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey(UserAccount.id))
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    beat_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    booked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(f"copies between 1 and {MOST_COPIES}", "copies"),
        Index("ix_card_order_open", "id", postgresql_where=text("state in ('waiting', 'running')")),
    )


class CardPart(Base):
    """One PDF of a printing, for some grids of one community."""

    __tablename__ = "card_part"

    order_id: Mapped[int] = mapped_column(
        ForeignKey(CardOrder.id, ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)


class CardIssue(Base):
    """That so many cards of a grid were given out on a day; a minus takes a wrong line back."""

    __tablename__ = "card_issue"

    id: Mapped[int] = mapped_column(primary_key=True)
    grid_code: Mapped[str] = mapped_column(ForeignKey(Grid.code))
    kind: Mapped[CardKind] = mapped_column(choice(CardKind, "kind"))
    issued_on: Mapped[date] = mapped_column(Date)
    number: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey(CardOrder.id))
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey(UserAccount.id))
    recorded_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )

    __table_args__ = (
        CheckConstraint("number <> 0 and abs(number) <= 100000", "number"),
        Index(None, "grid_code", "kind"),
    )
