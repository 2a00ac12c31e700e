"""What people do to a case: steps, merging, many at once."""
