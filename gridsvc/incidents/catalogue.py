"""What cases can be about: the entries of one standard, found by any of their names."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gridsvc.incidents.models import Category
from gridsvc.incidents.rules import Kind

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
