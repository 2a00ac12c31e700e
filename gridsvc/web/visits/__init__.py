"""Pages of visits: the sheet that a team carries, and how far its rounds have come."""
