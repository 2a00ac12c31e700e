"""What a report counts: periods, and rates that show what they were made of."""
