"""What cases are about: fourteen categories, how soon each is due, and what is written in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gridsvc.incidents.rules import Kind, LimitKind

STANDARD = "demo"
URGENT_HOURS, SAME_DAY_HOURS = 2, 10
SATURDAY = 5


@dataclass(frozen=True)
class CategoryRow:
    """A category of the catalogue.

    Attributes
    ----------
    due_days : int
        Working days until a case is due; 0 means hours, `due_hours`.
    share : float
        Share of ordinary cases, relative to the others.
    uses : tuple of str
        Uses of the buildings that such cases happen at; empty for all.
    texts : tuple of str
        What people write; ``{}`` is the place.
    """

    code: str
    kind: Kind
    name: str
    name_en: str
    due_days: int
    share: float
    uses: tuple[str, ...]
    texts: tuple[str, ...]
    due_hours: int = SAME_DAY_HOURS
    sensitive: bool = False

    @property
    def limit(self) -> tuple[LimitKind, int]:
        """How its time is counted, as the clock takes it."""
        if self.due_days:
            return LimitKind.WORKING_DAYS, self.due_days
        if self.due_hours == URGENT_HOURS:
            return LimitKind.IMMEDIATE, URGENT_HOURS
        return LimitKind.SAME_DAY, 1


CATALOGUE = (
    CategoryRow("drainage", Kind.INCIDENT, "排水与积水", "Drainage and flooding", 2, 0.05, (),
                ("{}下水道返水", "{}路面积水，行人绕行", "{}雨水箅子堵塞")),
    CategoryRow("rubbish", Kind.INCIDENT, "垃圾堆放", "Rubbish left lying", 2, 0.13, (),
                ("{}垃圾未及时清运", "{}有人乱倒建筑垃圾", "{}垃圾桶满溢")),
    CategoryRow("noise", Kind.INCIDENT, "噪声扰民", "Noise at night", 2, 0.06, (),
                ("{}夜间音响声音大", "{}夜间施工", "{}摊位收摊较晚，声音大")),
    CategoryRow("road", Kind.INCIDENT, "路面破损", "Broken road surface", 10, 0.08, (),
                ("{}路面有坑", "{}人行道砖松动", "{}井盖响动")),
    CategoryRow("lighting", Kind.INCIDENT, "路灯不亮", "Street light out", 5, 0.09, (),
                ("{}路灯不亮", "{}楼道灯坏了", "{}路灯忽明忽暗")),
    CategoryRow("parking", Kind.INCIDENT, "占道停车", "Parking in the way", 2, 0.14,
                ("slabs", "towers", "village"),
                ("{}车辆占道", "{}车辆堵住单元门", "{}非机动车乱停")),
    CategoryRow("fire_passage", Kind.INCIDENT, "消防通道堵塞", "Blocked fire passage", 0, 0.06,
                ("old", "slabs", "towers"),
                ("{}消防通道被占用", "{}楼道堆放杂物", "{}消防门前停车"), due_hours=URGENT_HOURS),
    CategoryRow("wires", Kind.INCIDENT, "私拉电线", "Unsafe wiring", 2, 0.05,
                ("old", "village", "slabs"),
                ("{}飞线充电", "{}电线老化下垂", "{}电表箱敞开"), due_hours=URGENT_HOURS),
    CategoryRow("water_power", Kind.REQUEST, "水电气报修", "Water, power or gas", 0, 0.12, (),
                ("{}停水", "{}水压低", "{}燃气表需检修")),
    CategoryRow("lift", Kind.REQUEST, "电梯故障", "Lift out of order", 0, 0.05, ("towers",),
                ("{}电梯停运", "{}电梯门关不严", "{}电梯异响"), due_hours=URGENT_HOURS),
    CategoryRow("elderly_care", Kind.REQUEST, "助老服务", "Help for older residents", 10, 0.06,
                ("old", "slabs", "village"),
                ("{}需要上门理发", "{}需要送餐", "{}需要代缴水电费")),
    CategoryRow("advice", Kind.REQUEST, "政策咨询", "Advice on policies", 5, 0.07, (),
                ("{}咨询医保缴费", "{}咨询加装电梯", "{}咨询租房备案")),
    CategoryRow("mediation", Kind.REQUEST, "邻里纠纷", "Dispute between neighbours", 20, 0.04, (),
                ("{}楼上漏水，请调解", "{}公共过道使用有分歧", "{}装修时间有分歧"), sensitive=True),
    CategoryRow("micro_wish", Kind.WISH, "微心愿", "Micro-wish", 20, 0.04, (),
                ("{}想要一套课外书", "{}想换一盏台灯", "{}想修一把轮椅")),
)  # fmt: skip
#: Never reported here: the form stops and shows the number instead.
EMERGENCY = ("emergency", "火情、伤人等紧急情况", "Fire, injury or danger to life", "119")
BY_CODE = {one.code: one for one in CATALOGUE}


def due_at(reported_at: datetime, category: CategoryRow) -> datetime:
    """When a case is due; working days are Monday to Friday, public holidays are not known here."""
    if category.due_days == 0:
        return reported_at + timedelta(hours=category.due_hours)
    due, left = reported_at, category.due_days
    while left:
        due += timedelta(days=1)
        left -= due.weekday() < SATURDAY
    return due
