"""Grids drawn elsewhere, in QGIS or CAD, on their way back into the atoms."""
