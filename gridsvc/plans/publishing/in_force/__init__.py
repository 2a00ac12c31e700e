"""A new map holds: written whole and proved, and on its day accounts and cases go along."""
