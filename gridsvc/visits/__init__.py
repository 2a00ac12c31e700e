"""Who has been called on: visits to dwellings, never to persons."""
