"""Drafts of grids: drawn, judged, reviewed and published, and what was before."""
