"""Pages of figures: rates and ledgers of a place in a period."""
