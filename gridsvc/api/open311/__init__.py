"""Open311 GeoReport v2: for the public to read, and for systems with a key to report.

docs/open311.md says what the standard leaves open.
"""
