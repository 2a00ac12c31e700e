"""Micro-wishes: sorted by topic, beside the services of those who can grant them."""
