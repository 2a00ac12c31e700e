"""What reads every capability below: checks, and later ledgers and rates."""
