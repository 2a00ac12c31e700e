"""Pure geometry: frames in, frames out; no database, no web, usable in a notebook."""
