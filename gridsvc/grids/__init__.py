"""Divisions, grids with their dated boundaries, buildings, and what a tile is made of."""
