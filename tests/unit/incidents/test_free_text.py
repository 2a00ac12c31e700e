"""Numbers that name a person are found; those that name a thing are left alone."""

from __future__ import annotations

import random

import pytest

from gridsvc.incidents.rules.free_text import Found, masked, screen

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity(rng: random.Random) -> str:
    year, month, day = rng.randint(1940, 2019), rng.randint(1, 12), rng.randint(1, 28)
    region, order = rng.randint(110101, 659004), rng.randint(1, 999)
    body = f"{region}{year}{month:02d}{day:02d}{order:03d}"
    return body + "10X98765432"[
        sum(w * int(d) for w, d in zip(_WEIGHTS, body, strict=True)) % 11
    ]  # fmt: skip


def mobile(rng: random.Random) -> str:
    return f"1{rng.randint(3, 9)}{rng.randrange(10**9):09d}"


def wide(text: str) -> str:
    return text.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))


def grouped(text: str, sign: str) -> str:
    cuts = (3, 7) if len(text) == 11 else (6, 14)
    return sign.join((text[: cuts[0]], text[cuts[0] : cuts[1]], text[cuts[1] :]))


def personal(rng: random.Random) -> str:
    number = rng.choice((identity, mobile))(rng)
    number = rng.choice(
        (
            number, number, wide(number), grouped(number, "-"), grouped(number, " "),
            number.lower(), f"+86{number}" if len(number) == 11 else number,
        )
    )  # fmt: skip
    around = (
        "电话{}，请回电",
        "联系{}",
        "tel{}",
        "身份证：{}。",
        "{}",
        "3单元（{}）王",
        "微信号{}同号",
    )
    return rng.choice(around).format(number)


def of_things(rng: random.Random) -> str:
    kinds = (
        lambda: f"网格520302{rng.randrange(10**9):09d}",
        lambda: f"车牌贵{rng.choice('ACFJ')}{rng.choice('ABCDEFGH')}{rng.randrange(10**4):04d}占道",
        lambda: f"新能源贵C{rng.choice('DF')}{rng.randrange(10**5):05d}",
        lambda: f"电表号{rng.randrange(10**12):012d}",
        lambda: f"水表{rng.randrange(10**8):08d}",
        lambda: f"燃气表{rng.randrange(10**10):010d}",
        lambda: f"资产编号{rng.randrange(10**21, 10**22)}",
        lambda: f"订单{rng.randrange(10**15, 10**16)}",
        lambda: f"座机0851-{rng.randrange(10**7, 10**8)}",
        lambda: f"位置{rng.uniform(106, 109):.11f},{rng.uniform(27, 28):.11f}",
        lambda: f"2026-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} 1{rng.randint(3, 9)}:05",
        lambda: f"{rng.randint(1, 40)}栋{rng.randint(1, 6)}单元{rng.randint(101, 3304)}室漏水",
        lambda: f"电梯编号3110520302{rng.randrange(10**10):010d}",
        lambda: f"热线12345，工单{rng.randrange(10**9):09d}",
    )  # fmt: skip
    return rng.choice(kinds)()


def test_of_a_thousand_texts_hardly_one_is_missed_or_blamed() -> None:
    rng = random.Random(311)
    missed = [text for text in (personal(rng) for _ in range(500)) if not screen(text)]
    blamed = [text for text in (of_things(rng) for _ in range(500)) if screen(text)]
    assert len(missed) <= 5, missed
    assert len(blamed) <= 10, blamed


def test_a_wrong_check_digit_is_no_identity_number() -> None:
    assert [one.kind for one in screen("11010519491231002X")] == [Found.IDENTITY]
    assert screen("110105194912310021") == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打１３８-1234-5678找我", "打***找我"),
        ("13812345678/13912345678", "***/***"),
        ("身份证110105 19491231 002x，手机13812345678", "身份证***，手机***"),
        ("路灯不亮", "路灯不亮"),
        ("", ""),
    ],
)
def test_masked_text_keeps_everything_else(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert screen(masked(text)) == []
