"""What a new map changes, reckoned before anything is written: ground, teams, cases, accounts."""
