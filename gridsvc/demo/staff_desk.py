"""What the staffing desk has to show: posts whose holder leaves, pairings, offers, a hand-over."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from gridsvc.accounts.models import UserAccount
from gridsvc.demo.town.names import SUBDISTRICT
from gridsvc.grids.models import Division
from gridsvc.staffing import offers
from gridsvc.staffing.assigning import hand_over
from gridsvc.staffing.models import Pairing, PostHolding, PostOffer, Team, TeamAssignment
from gridsvc.staffing.rule_book import set_rule
from gridsvc.staffing.rules import USUAL, Composition, Seat, Source, TeamKind
from gridsvc.staffing.vacancies import vacancies

#: In so many days a holder leaves: one this week, some this month, some later.
LEAVE_IN = (5, 19, 26, 41, 52)
#: Invented, as the town is: each with how many people come.
ORGANISATIONS = (("石桥区供电服务中心", 14), ("石桥市第三中学", 22), ("石桥区人民医院志愿队", 18),
                 ("石桥公交第二车队", 9), ("石桥区图书馆", 6))  # fmt: skip
#: What the specialists can do, by the end of their code; and a team of volunteers.
SKILLS = {"safety": ["用电检查", "消防检查"], "environment": ["清运", "绿化"],
          "disputes": ["调解", "法律咨询"], "care": ["助餐", "陪诊"]}  # fmt: skip
VOLUNTEERS = ("石桥街道志愿服务队", "Shiqiao volunteers", 64, ["水电维修", "理发", "助餐"])
OFFERED = 3
HANDED_OVER_IN = 12
#: From then on a team may have a ninth post, and has a seat for a volunteer.
RULE_IN = 30


def write_staff_desk(session: Session, today: date, rng: np.random.Generator) -> None:
    """Let some holders leave soon, and pair organisations with communities; flushed."""
    held = session.scalars(
        select(PostHolding.id).where(PostHolding.valid_to.is_(None)).order_by(PostHolding.id)
    ).all()
    leaving = rng.choice(np.array(held), len(LEAVE_IN), replace=False)
    for number, days in zip(leaving.tolist(), LEAVE_IN, strict=True):
        session.execute(
            update(PostHolding)
            .where(PostHolding.id == number)
            .values(valid_to=today + timedelta(days))
        )
    communities = session.scalars(
        select(Division.code)
        .where(Division.parent_code == SUBDISTRICT[0], Division.level == "community")
        .order_by(Division.code)
    ).all()
    drawn = rng.choice(np.array(communities), len(ORGANISATIONS), replace=False)
    rows = [
        {"organisation": name, "division_code": code, "people": people,
         "valid_from": today - timedelta(int(rng.integers(60, 400)))}
        for (name, people), code in zip(ORGANISATIONS, drawn.tolist(), strict=True)
    ]  # fmt: skip
    session.execute(insert(Pairing), rows)
    for end, skills in SKILLS.items():
        code = f"{SUBDISTRICT[0]}-{end}"
        session.execute(update(Team).where(Team.code == code).values(skills=skills))
    name, name_en, members, skills = VOLUNTEERS
    session.add(
        Team(
            code=f"{SUBDISTRICT[0]}-volunteers",
            name=name,
            name_en=name_en,
            kind=TeamKind.VOLUNTEER,
            division_code=SUBDISTRICT[0],
            member_count=members,
            skills=skills,
            valid_from=today - timedelta(300),
        )
    )
    session.flush()


def offer_and_hand_over(
    session: Session, street: UserAccount, leader: UserAccount, now: datetime, today: date
) -> None:
    """Let the office offer posts and set a rule, a leader claim one, a team hand over; flushed."""
    near = offers.neighbourhood(leader.scope)
    vacant = vacancies(session, street.scope, today)
    wanted = sorted(vacant, key=lambda one: not near.covers(one.place))
    for post in [one.post_id for one in wanted if one.post_id][:OFFERED]:
        offers.offer(session, post, street, now, today)
    for number in session.scalars(select(PostOffer.id).order_by(PostOffer.id)).all()[:1]:
        if any(one.id == number for one in offers.open_offers(session, near, today)):
            offers.claim(session, number, leader, now, today)
    set_rule(
        session,
        SUBDISTRICT[0],
        Composition(team=(7, 9), seats=(*USUAL.seats, Seat((Source.VOLUNTEER,)))),
        today + timedelta(RULE_IN),
        by=street,
        now=now,
        today=today,
    )
    last = (
        select(Team)
        .join(TeamAssignment, TeamAssignment.team_id == Team.id)
        .where(TeamAssignment.valid_to.is_(None), Team.valid_to.is_(None))
        .order_by(Team.code.desc())
        .limit(2)
    )
    old, new = session.scalars(last)
    on = today + timedelta(HANDED_OVER_IN)
    hand_over(session, old, new, on, scope=street.scope, by=street, now=now, today=today)
