"""What time does to a case: the sweep, the ladder, supervision slips."""
