"""Pages of the appraisal of teams."""
