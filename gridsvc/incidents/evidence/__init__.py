"""What a reporter leaves with a case: photos, and how to reach them."""
