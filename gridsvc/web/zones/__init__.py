"""Pages of contact zones."""
