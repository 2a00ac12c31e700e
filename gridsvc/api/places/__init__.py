"""Grids, tiles and what lies in them."""
