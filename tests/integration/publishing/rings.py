"""Boundaries of a day, to compare to the last digit."""

from __future__ import annotations

from datetime import timedelta

from peopled_town import TODAY, TOWN

from gridsvc.plans.publishing.change import ground

YESTERDAY = TODAY - timedelta(days=1)


def rings(session, on):
    """Every boundary of a day, to compare to the last digit."""
    frame = ground.in_force(session, TOWN, on)
    return {code: ground.comparable(shape) for code, shape in frame.geometry.items()}
