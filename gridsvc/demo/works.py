"""Area projects of the demo: one late, one planned anew, one done, each from cases of its kind."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gridsvc.incidents.models import Category, Incident
from gridsvc.projects.models import AreaProject, AreaProjectCase, AreaProjectGrid, AreaProjectStep
from gridsvc.projects.rules import Stage

#: Title, what is to be done, the word of the cases that it came from, and its steps: stage, days
#: before today, and for a plan the days from today on which the work begins and ends.
WORKS: tuple[tuple[str, str, str, tuple[tuple[Stage, int, tuple[int, int] | None], ...]], ...] = (
    ("沿河路灯更新", "更换老旧路灯 24 盏，补装 3 盏。", "路灯", (
        (Stage.PROPOSED, 120, None), (Stage.PLANNED, 100, (-90, -40)),
        (Stage.UNDER_WAY, 88, None), (Stage.DONE, 45, None),
    )),
    ("垃圾分类点改造", "改造分类点 6 处，加顶棚与洗手池。", "垃圾", (
        (Stage.PROPOSED, 80, None), (Stage.PLANNED, 70, (-60, -12)), (Stage.UNDER_WAY, 58, None),
    )),
    ("非机动车停放区", "划定停放区 4 处，新建充电棚 2 处。", "车", (
        (Stage.PROPOSED, 95, None), (Stage.PLANNED, 90, (-80, -50)), (Stage.PROPOSED, 48, None),
        (Stage.PLANNED, 47, (-20, 35)), (Stage.UNDER_WAY, 19, None),
    )),
    ("社区步道防滑铺装", "铺设防滑砖 420 米，沿坡设扶手。", "路面", (
        (Stage.PROPOSED, 40, None), (Stage.PLANNED, 25, (14, 75)),
    )),
    ("雨水管网疏通", "疏通雨水管 800 米，更换井盖 12 处。", "井盖", ((Stage.PROPOSED, 9, None),)),
)  # fmt: skip
#: Cases that a project is said to come from, at most.
CASES = 5


def write_projects(session: Session, today: date) -> None:
    """Enter the works in the community of the newest case of their kind, with their steps."""
    for title, work, word, steps in WORKS:
        cases = _cases(session, word)
        if not cases:
            continue
        community = cases[0][1][:12]
        project = AreaProject(division_code=community, title=title, work=work)
        session.add(project)
        session.flush()
        grids = sorted({code for _, code in cases if code.startswith(community)})
        session.add_all(AreaProjectGrid(project_id=project.id, grid_code=one) for one in grids)
        session.add_all(
            AreaProjectCase(project_id=project.id, incident_id=case)
            for case, code in cases
            if code.startswith(community)
        )
        for number, (stage, ago, span) in enumerate(steps, start=1):
            first, last = [today + timedelta(day) for day in span] if span else (None, None)
            session.add(
                AreaProjectStep(
                    project_id=project.id, number=number, stage=stage, planned_from=first,
                    planned_until=last, reached_on=today - timedelta(ago),
                )
            )  # fmt: skip
    session.flush()


def _cases(session: Session, word: str) -> list[tuple[int, str]]:
    """Return number and grid of the newest cases about something that led to no project yet."""
    taken = select(AreaProjectCase.incident_id)
    sensitive = Category.sensitive
    rows = session.execute(
        select(Incident.id, Incident.grid_code)
        .join(Category, Category.id == Incident.category_id)
        .where(
            Incident.grid_code.is_not(None),
            Incident.description.contains(word),
            ~sensitive,
            Incident.id.not_in(taken),
        )
        .order_by(Incident.id.desc())
        .limit(CASES)
    )
    return [(row.id, str(row.grid_code)) for row in rows]
