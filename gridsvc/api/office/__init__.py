"""Figures, visits and staff."""
