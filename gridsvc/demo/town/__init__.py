"""The town itself: streets, blocks, buildings and grids, grown from a seed."""
