"""Printing and counting of cards, for the office."""
