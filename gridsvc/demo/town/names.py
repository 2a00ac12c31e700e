"""Names as a real subdistrict would have them; every one is invented."""

from __future__ import annotations

from typing import NamedTuple

from shapely import Point, Polygon

DISTRICT = ("520398", "红枫区", "Hongfeng District")
SUBDISTRICT = ("520398001", "石桥街道", "Shiqiao Subdistrict")


class Community(NamedTuple):
    """A community: its names and one point in each quarter that belongs to it (metres)."""

    name: str
    name_en: str
    quarters: tuple[tuple[float, float], ...]


COMMUNITIES = (
    Community("老城社区", "Laocheng Community", ((1087, 1192),)),
    Community("石桥社区", "Shiqiao Community", ((921, 676), (900, 250))),
    Community("枫林社区", "Fenglin Community", ((650, 1357), (250, 1500))),
    Community("朝阳社区", "Chaoyang Community", ((1381, 1772), (2035, 1744), (750, 1790))),
    Community("滨江社区", "Binjiang Community", ((1651, 1315),)),
    Community("东门社区", "Dongmen Community", ((2132, 1300), (2132, 850))),
    Community("桃溪社区", "Taoxi Community", (
        (1700, 750), (1350, 620), (1689, 333), (2132, 414))),
    Community("南关社区", "Nanguan Community", ((350, 680), (400, 270))),
)  # fmt: skip


def community_at(quarter: Polygon) -> int:
    """Position in `COMMUNITIES` of the one that a quarter belongs to (nearest point decides)."""
    away = [
        min(quarter.distance(Point(at)) for at in community.quarters) for community in COMMUNITIES
    ]
    return away.index(min(away))


STREETS = (
    ("新华街", "Xinhua Street"), ("公园路", "Gongyuan Road"), ("建设街", "Jianshe Street"),
    ("文化路", "Wenhua Road"), ("和平街", "Heping Street"), ("枫香路", "Fengxiang Road"),
    ("东升街", "Dongsheng Street"), ("民主路", "Minzhu Road"), ("大兴街", "Daxing Street"),
    ("桃源路", "Taoyuan Road"), ("育才路", "Yucai Road"), ("长征路", "Changzheng Road"),
    ("胜利街", "Shengli Street"), ("纺织路", "Fangzhi Road"), ("幸福街", "Xingfu Street"),
    ("青年路", "Qingnian Road"), ("凤山路", "Fengshan Road"), ("惠民街", "Huimin Street"),
    ("红旗路", "Hongqi Road"), ("团结街", "Tuanjie Street"), ("体育路", "Tiyu Road"),
    ("安居街", "Anju Street"), ("丰收路", "Fengshou Road"), ("吉祥街", "Jixiang Street"),
    ("延安路", "Yan'an Road"), ("松林街", "Songlin Street"), ("东风路", "Dongfeng Road"),
    ("康乐街", "Kangle Street"), ("向阳路", "Xiangyang Road"), ("玉泉街", "Yuquan Street"),
    ("银杏路", "Yinxing Road"), ("梅园街", "Meiyuan Street"), ("金桥路", "Jinqiao Road"),
    ("永安街", "Yong'an Street"), ("学府路", "Xuefu Road"), ("古井街", "Gujing Street"),
)  # fmt: skip

NAMES = {
    "slabs": tuple(lead + "小区" for lead in (
        "幸福", "朝晖", "纺织厂", "建设", "新村", "安居", "和平", "育才", "红旗", "青年", "锦绣",
        "惠民", "康乐", "团结", "向阳", "胜利", "桃源", "松林", "长征", "东风", "金桥", "永安",
        "丰收", "文苑", "玉泉", "梅园", "银杏", "吉祥", "春晓", "凤山")),
    "towers": ("滨江花园", "枫林雅苑", "石桥名邸", "江畔新城", "翠湖华庭", "东城国际", "桃溪苑",
               "云景台"),
    "village": ("枫香", "上坝", "下坝", "杨家湾", "大堰", "石板", "桥头", "新田", "柏杨", "松坪"),
    "old": ("石桥", "文庙", "水井", "铁匠", "丁字", "槐树", "府后", "盐店", "染坊", "东墙", "戏楼",
            "茶馆", "双井", "牌坊", "磨坊", "竹编", "米市", "河街"),
    "school": ("石桥小学", "红枫中学", "枫林小学", "朝阳小学"),
    "hospital": ("红枫区人民医院",),
    "market": ("石桥农贸市场",),
    "office": ("石桥街道办事处", "红枫区政务服务中心"),
    "works": ("纺织厂", "机械厂", "酒厂", "物流园"),
}  # fmt: skip
LANES = {"old": "巷", "village": "组"}

_DIGITS = "零一二三四五六七八九"


def ordinal(number: int) -> str:
    """A number from 1 to 99 as Chinese writes it: 3 → 三, 14 → 十四, 20 → 二十.

    Examples
    --------
    >>> [ordinal(n) for n in (3, 10, 14, 20, 21)]
    ['三', '十', '十四', '二十', '二十一']
    """
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else ("十" if tens == 1 else _DIGITS[tens] + "十")
    return lead + (_DIGITS[ones] if ones else "")
