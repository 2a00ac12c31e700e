"""Redrawings: the list of drafts and the desk on which one is drawn."""
