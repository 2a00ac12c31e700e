"""Commands that bring data in: boundaries, a plan, cases, places and lists from files."""
