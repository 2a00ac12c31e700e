"""Edits of a coverage of atoms that lose no ground and no household, each proved or refused.

>>> from gridsvc.geo.atoms import grid_atoms
>>> from gridsvc.geo.edits import split
"""

from gridsvc.geo.edits.areas import create, transfer
from gridsvc.geo.edits.borders import drag, reshape, split
from gridsvc.geo.edits.edit import Edit
from gridsvc.geo.edits.labels import merge, relabel, relabel_many, renumber, retire

__all__ = [
    "Edit",
    "create",
    "drag",
    "merge",
    "relabel",
    "relabel_many",
    "renumber",
    "reshape",
    "retire",
    "split",
    "transfer",
]
