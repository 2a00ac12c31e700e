"""Topics of the demo's wishes, most of them sorted, and who can do something about them."""

from __future__ import annotations

from datetime import date

import numpy as np
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from gridsvc.incidents.models import Incident
from gridsvc.incidents.rules import Kind
from gridsvc.staffing.models import Team
from gridsvc.staffing.rules import TeamKind
from gridsvc.wishes.models import SkillService, SortedWish, WishTopic

#: Topic, its name in English, the skill that meets it (for the last nobody offers one), and the
#: word by which the demo's wishes are sorted.
TOPICS = (
    ("学习用品", "Books and stationery", "旧书捐赠 used books", "课外书"),
    ("家用小物", "Things for the home", "旧物修理转赠 mended things passed on", "台灯"),
    ("小修小补", "Small repairs", "修理 mending", "轮椅"),
    ("陪同就医", "Company to the doctor", "陪诊 going along", None),
    ("理发", "Haircuts", None, None),
)
SORTED = 0.8


def sort_wishes(session: Session, since: date, rng: np.random.Generator) -> None:
    """Sort most of the wishes under topics, and let the specialist teams offer what they can.

    Parameters
    ----------
    since : date
        From when the services are offered.
    rng : numpy.random.Generator
        The only source of chance.
    """
    rows = [{"name": name, "name_en": name_en} for name, name_en, _, _ in TOPICS]
    query = insert(WishTopic).returning(WishTopic.id, sort_by_parameter_order=True)
    topics = list(session.scalars(query, rows))
    wishes = session.execute(
        select(Incident.id, Incident.description)
        .where(Incident.kind == Kind.WISH)
        .order_by(Incident.id)
    ).all()
    chosen = [
        {"incident_id": wish, "topic_id": topic}
        for wish, told in wishes
        for topic, (*_, word) in zip(topics, TOPICS, strict=True)
        if word is not None and word in (told or "") and rng.random() < SORTED
    ]
    if chosen:
        session.execute(insert(SortedWish), chosen)
    teams = session.scalars(
        select(Team.id).where(Team.kind == TeamKind.SPECIALIST).order_by(Team.code)
    ).all()
    services = [
        {"team_id": team, "topic_id": topic, "skill": skill, "valid_from": since}
        for team, topic, (_, _, skill, _) in zip(teams, topics, TOPICS, strict=False)
        if skill is not None
    ]
    if services:
        session.execute(insert(SkillService), services)
