"""What holds everywhere; plain values alone."""

from __future__ import annotations

#: The country's numbers where waiting would be wrong: police, fire brigade, ambulance.
EMERGENCY = ("110", "119", "120")
