"""Contact zones: five to ten households of a grid each, with one post to turn to."""
