"""Pages of campaigns and of the festivals that they are planned from."""
