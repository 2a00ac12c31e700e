"""A fictional subdistrict, grown from a seed, that shows every feature without anybody's data."""
