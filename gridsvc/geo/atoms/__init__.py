"""Atoms: the smallest ground that a redrawing moves, and the grids that they make up.

A frame of atoms has the index ``atom`` (int) and the columns

==============  ===========================================================================
``grid``        str: code of the grid that the atom is in
``households``  int, and ``dwellings``: what is counted in it
``lon, lat``    float, degrees: its building's anchor, which decides what piece takes the counts
                when the atom is cut; NaN without one, the counts are then shared by area
``building``    Int64: id of its building, may be missing
``block``       int: the block that it lies in, -1 for none
``geometry``    Polygon, EPSG:4326 on the 1e-7 degree lattice; neighbours share every vertex
==============  ===========================================================================
"""

from gridsvc.geo.atoms.blocks import blocks
from gridsvc.geo.atoms.cells import building_cells
from gridsvc.geo.atoms.frame import COLUMNS, atoms_frame, grid_atoms, outlines

__all__ = ["COLUMNS", "atoms_frame", "blocks", "building_cells", "grid_atoms", "outlines"]
