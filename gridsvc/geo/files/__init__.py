"""Files from outside and for others: what they hold, what is wrong with them, how to save one."""
