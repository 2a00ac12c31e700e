"""Where people are served: centres, stations and agents, when, and how far away."""
