"""Area projects: what is planned and done at a place, and from which cases it came."""
