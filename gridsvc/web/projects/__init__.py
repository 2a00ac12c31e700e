"""Pages of area projects."""
