"""From a report to a case: which grid, whose, and whether it is known already."""
