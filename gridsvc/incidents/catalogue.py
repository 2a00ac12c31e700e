"""What cases can be about: the entries of one standard, found by any of their names."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.grids.queries import valid_on
from gridsvc.incidents.models import Category, CategoryCrosswalk, CategoryQuestion
from gridsvc.incidents.rules import Kind
from gridsvc.incidents.rules.questions import Question

# Old cases must find the entry too, and a file does not say since when it has been in use.
_ALWAYS = date(1970, 1, 1)


class Catalogue:
    """The categories of one standard.

    Parameters
    ----------
    session : Session
        Read once; `add` flushes.
    standard : str
        Whose list it is: a national standard, or the system that cases come from.
    """

    def __init__(self, session: Session, standard: str) -> None:
        self._session = session
        self.standard = standard
        self._ids: dict[tuple[Kind, str], int] = {}
        entries = session.scalars(
            select(Category).where(Category.standard == standard).order_by(Category.valid_from)
        )
        for entry in entries:
            for name in (entry.name_en, entry.name, entry.code):
                if name:
                    self._ids[entry.kind, name.casefold()] = entry.id

    def find(self, kind: Kind, name: str) -> int | None:
        """Return the id of the entry with that code or name, in either language."""
        return self._ids.get((kind, name.casefold()))

    def names(self, kind: Kind) -> list[str]:
        """Return the names by which entries of one kind are found."""
        return sorted(name for of, name in self._ids if of is kind)

    def add(self, kind: Kind, name: str) -> int:
        """Make an entry under the next free number and return its id."""
        count = self._session.scalar(
            select(func.count())
            .select_from(Category)
            .where(Category.standard == self.standard, Category.kind == kind)
        )
        entry = Category(
            standard=self.standard,
            kind=kind,
            code=f"{(count or 0) + 1:03d}",
            name=name,
            name_en=name if name.isascii() else None,
            valid_from=_ALWAYS,
        )
        self._session.add(entry)
        self._session.flush()
        self._ids[kind, name.casefold()] = entry.id
        return entry.id


def successors(session: Session, category_id: int, on: date) -> list[Category]:
    """Return what an entry has become by a day: entries in force then, through every edition.

    An entry in force is its own successor; one that retired without any has none.
    """
    line = (
        select(CategoryCrosswalk.to_id)
        .where(CategoryCrosswalk.from_id == category_id, CategoryCrosswalk.valid_from <= on)
        .cte(recursive=True)
    )
    further = select(CategoryCrosswalk.to_id).join(line, line.c.to_id == CategoryCrosswalk.from_id)
    # A union without duplicates ends also where two entries name each other.
    line = line.union(further.where(CategoryCrosswalk.valid_from <= on))
    entry = session.scalar(
        select(Category).where(Category.id == category_id, valid_on(Category, on))
    )
    if entry is not None:
        return [entry]
    heirs = select(Category).where(Category.id.in_(select(line.c.to_id)), valid_on(Category, on))
    return list(session.scalars(heirs.order_by(Category.rank, Category.code, Category.id)))


def questions(session: Session, category_id: int) -> list[CategoryQuestion]:
    """Return the extra questions of an entry in their order."""
    asked = select(CategoryQuestion).where(CategoryQuestion.category_id == category_id)
    return list(session.scalars(asked.order_by(CategoryQuestion.rank, CategoryQuestion.code)))


def every_question(session: Session) -> dict[int, list[CategoryQuestion]]:
    """Return the extra questions of all entries, each entry's in their order."""
    asked: dict[int, list[CategoryQuestion]] = {}
    query = select(CategoryQuestion).order_by(CategoryQuestion.rank, CategoryQuestion.code)
    for one in session.scalars(query):
        asked.setdefault(one.category_id, []).append(one)
    return asked


def answerable(asked: list[CategoryQuestion]) -> list[Question]:
    """Return questions as `gridsvc.incidents.rules.questions.checked` takes them."""
    return [
        Question(
            one.code, one.datatype, one.required, frozenset(pick["key"] for pick in one.choices)
        )
        for one in asked
    ]
