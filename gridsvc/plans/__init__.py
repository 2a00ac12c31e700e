"""How grids are redrawn: drafts, their log, what is found in them, proposals."""
