"""Which days are worked: the national calendar with its make-up days, and the office's own."""
