"""Campaigns of visits: some grids, some days, a purpose and a goal, and how far it has come."""
