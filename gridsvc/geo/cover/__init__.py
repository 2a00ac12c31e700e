"""Grids cover the ground once: how that is proved, mended, cut and compared, on the lattice."""
