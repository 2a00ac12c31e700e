"""Files of past cases and of the category catalogue."""
