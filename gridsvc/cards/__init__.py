"""Contact cards, service cards and posters: printed in one go, and how many were given out."""
