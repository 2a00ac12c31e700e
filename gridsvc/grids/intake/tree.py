"""The tree of divisions that rows are placed in, with those that an import will make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Node:
    """A division, in the database or about to be."""

    code: str
    name: str
    source_code: str | None = None
    name_en: str | None = None
    new: bool = False


class Tree:
    """The divisions that rows can be placed below.

    Parameters
    ----------
    nodes : iterable of Node
        Those of the database.
    digits : list of int
        Code lengths of the levels from the top down, the grids' own last: 6, 9, 12, 15.
    """

    def __init__(self, nodes: Iterable[Node], digits: list[int]) -> None:
        self.nodes = {node.code: node for node in nodes}
        self.digits = digits

    def above(self, digits: int) -> int | None:
        """Return the code length of the level above, or None at the top."""
        place = self.digits.index(digits)
        return self.digits[place - 1] if place else None

    def parent_of(self, code: str) -> str | None:
        """Return the code of the division directly above."""
        above = self.above(len(code))
        return code[:above] if above else None

    def below(self, prefix: str, digits: int) -> list[Node]:
        """Return the divisions of one level within a subtree, in code order."""
        within = (n for c, n in self.nodes.items() if len(c) == digits and c.startswith(prefix))
        return sorted(within, key=lambda node: node.code)

    def create(self, code: str, name: str, source_code: str | None = None) -> str:
        """Add a division that is not there, and those above it that are not."""
        parent = self.parent_of(code)
        if parent is not None:
            self.create(parent, name)
        if code not in self.nodes:
            self.nodes[code] = Node(code, name, source_code, new=True)
        return code

    def created(self) -> list[Node]:
        """Return what was added, parents before their children."""
        new = (node for node in self.nodes.values() if node.new)
        return sorted(new, key=lambda node: (len(node.code), node.code))


@dataclass(frozen=True)
class Placing:
    """Where an import's rows belong.

    Attributes
    ----------
    digits : int
        Length of the codes that the rows get.
    parent_code : str or None
        The division directly above, or one further up.
    create_parents : bool
        Make divisions that are missing.
    parent_name : str or None
        Name of those made for the whole file.
    """

    digits: int
    parent_code: str | None = None
    create_parents: bool = False
    parent_name: str | None = None
