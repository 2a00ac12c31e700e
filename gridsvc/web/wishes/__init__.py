"""The board of micro-wishes."""
