"""Proposals: divide communities into grids that are within the range, connected and compact.

`propose` answers one alternative; ask for the three styles and put them `side_by_side`.
"""

from gridsvc.geo.proposal.alternatives import propose
from gridsvc.geo.proposal.borders import atom_borders
from gridsvc.geo.proposal.scoring import scores, side_by_side
from gridsvc.geo.proposal.wish import STYLES, Infeasible, Proposal, Why, Wish

__all__ = [
    "STYLES",
    "Infeasible",
    "Proposal",
    "Why",
    "Wish",
    "atom_borders",
    "propose",
    "scores",
    "side_by_side",
]
