"""Pages for anybody: a grid and whom to ring, what the office does, what is pledged."""
