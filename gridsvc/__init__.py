"""Network grids of a district: who answers for every household, and where work is open."""
