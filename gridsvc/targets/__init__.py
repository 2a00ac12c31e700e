"""What an office aims at, as dated data: quotas of a week, shares of places served."""
