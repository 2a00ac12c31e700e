"""Who looks after a grid: teams, their posts, branches, dated assignments."""
