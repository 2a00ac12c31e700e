"""Answers to the extra questions of a category: what counts as one, per type of question."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gridsvc.errors import BadInput
from gridsvc.incidents.rules.reasons import because

LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Question:
    """A question; ``datatype`` is Open311's word, ``choices`` are the keys of a list."""

    code: str
    datatype: str
    required: bool = False
    choices: frozenset[str] = field(default_factory=frozenset)


def checked(questions: Iterable[Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as they are kept: a text, a number, or keys of a list.

    Raises
    ------
    BadInput
        A required answer is missing, an answer has no question, or is not of its type.

    Examples
    --------
    >>> checked([Question("height", "number", True)], {"height": "2.5"})
    {'height': 2.5}
    """
    known = {one.code: one for one in questions}
    kept: dict[str, Any] = {}
    for code, answer in answers.items():
        if code not in known:
            raise because(BadInput, "no_question", [code], question=code[:40])
        value = _value(known[code], answer)
        if value not in ("", []):
            kept[code] = value
    for code, question in known.items():
        if question.required and code not in kept:
            raise because(BadInput, "answer_missing", [code], question=code)
    return kept


def _value(question: Question, answer: Any) -> Any:
    given = [str(one).strip() for one in (answer if isinstance(answer, list) else [answer])]
    if any(len(one) > LONGEST_TEXT for one in given):
        raise _refused(question, "answer_long", most=LONGEST_TEXT)
    if question.datatype == "multivaluelist":
        keys = list(dict.fromkeys(one for one in given if one))
        return [_key(question, one) for one in keys]
    if len(given) > 1:
        raise _refused(question, "answer_one")
    text = given[0] if given else ""
    if not text:
        return ""
    if question.datatype == "number":
        return _number(question, text)
    if question.datatype == "datetime":
        return _instant(question, text)
    return _key(question, text) if question.datatype == "singlevaluelist" else text


def _key(question: Question, text: str) -> str:
    if text not in question.choices:
        choices = tuple(sorted(question.choices))
        raise _refused(question, "answer_choice", text=text[:40], choices=choices)
    return text


def _number(question: Question, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _refused(question, "answer_number", text=text[:40])
    return number


def _instant(question: Question, text: str) -> str:
    try:
        return datetime.fromisoformat(text).isoformat()
    except ValueError as fault:
        raise _refused(question, "answer_instant", text=text[:40]) from fault


def _refused(question: Question, reason: str, **values: Any) -> BadInput:
    return because(BadInput, reason, [question.code], question=question.code, **values)
