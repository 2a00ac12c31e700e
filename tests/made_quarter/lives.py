"""The life of one case, from its report to its end or until it is left lying."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

Step = tuple[datetime, str, str | None, str, dict[str, object]]

Line = tuple[str, datetime, datetime | None]


def life(at: datetime, random: np.random.Generator) -> tuple[list[Step], list[Line]]:
    """Live one case to its end, or until it is left lying: its steps, and its clock's lines."""
    steps: list[Step] = [(at, "report", None, "reported", {})]
    due = at + timedelta(days=int(random.integers(1, 8)))
    lines: list[Line] = [("start", at, due)]

    def step(action: str, to: str, hours: float, **detail: object) -> bool:
        when = steps[-1][0] + timedelta(seconds=60 + int(random.gamma(1.5, hours * 2400)))
        steps.append((when, action, steps[-1][3], to, detail))
        return bool(random.random() > 0.03)  # else it is left lying

    def chance(share: float) -> bool:
        return bool(random.random() < share)

    if chance(0.04) or not step("claim", "claimed", 8):
        return steps, lines
    if chance(0.07):
        step("return", "returned", 4)
        if not step("claim", "claimed", 12):
            return steps, lines
    if chance(0.1):
        step("grant_extension", "claimed", 6)
        lines.append(("extend", steps[-1][0], due + timedelta(days=3)))
    if chance(0.06):
        step("escalate", "claimed", 8, from_level="grid", to_level="community")
    outcome = str(random.choice(["solved", "referred", "explained"]))
    done = step("resolve", "resolved", 40, outcome=outcome)
    if chance(0.06):
        step("rework", "claimed", 10)
        done = step("resolve", "resolved", 20, outcome=outcome)
    lines.append(("pause", steps[-1][0], None))
    if not done or not step("verify", "verified", 10):
        return steps, lines
    if chance(0.75):
        step("feed_back", "verified", 3)
    step("close", "closed", 6, outcome=outcome)
    lines.append(("stop", steps[-1][0], None))
    if chance(0.5):
        step("rate", "closed", 30, rating=int(random.choice([1, 2, 3], p=[0.06, 0.2, 0.74])))
    if chance(0.02):
        step("reopen", "claimed", 50)
        lines.append(("start", steps[-1][0], steps[-1][0] + timedelta(days=3)))
    return steps, lines
