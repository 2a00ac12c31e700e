"""Refusals about cases: each has a code, and says the same in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import gridsvc.incidents
import gridsvc.web
from gridsvc.errors import BadInput, TooMany
from gridsvc.incidents.rules.reasons import SENTENCES, because

PACKAGE = Path(gridsvc.incidents.__file__).parent
CHINESE = Path(gridsvc.web.__file__).parent / "translations/zh_Hans_CN/LC_MESSAGES/messages.po"
#: Whoever loads files works in a terminal, which speaks English.
FOR_PERSONS = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "intake"]
#: The setting of a service, and a partner's programs.
PLAIN = {"Contacts are kept", "service_code"}


@pytest.mark.parametrize("path", FOR_PERSONS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_refusal_is_raised_without_a_code(path: Path) -> None:
    bare = r"raise (?:BadInput|Conflict|NotAllowed|NotFound|RuleViolation|TooMany)\((.*)"
    found = re.findall(bare, path.read_text("utf-8"))
    assert [one for one in found if not any(words in one for words in PLAIN)] == []


def test_every_code_that_is_raised_has_its_sentence() -> None:
    named = r'(?:because\(\s*\w+,\s*|_refused\(question, |Refusal\()"(\w+)"'
    raised = {code for path in FOR_PERSONS for code in re.findall(named, path.read_text("utf-8"))}
    assert len(raised) > 60
    assert raised <= set(SENTENCES)


def test_the_chinese_sentences_name_what_the_english_ones_name() -> None:
    with CHINESE.open("rb") as file:
        said = {one.id: str(one.string) for one in read_po(file)}
    for sentence in SENTENCES.values():
        names = re.findall(r"%\((\w+)\)s", sentence)
        # A language may leave out what its readers would not miss, but name nothing else.
        assert said[sentence], sentence
        assert set(re.findall(r"%\((\w+)\)s", said[sentence])) <= set(names), sentence


def test_a_refusal_tells_ids_or_the_seconds_to_wait() -> None:
    missing = because(BadInput, "answer_missing", ["depth"], question="depth")
    assert (missing.ids, missing.reason) == (["depth"], "answer_missing")
    flood = because(TooMany, "report_flood", 30, most=600, minutes=10, seconds=30)
    assert flood.retry_after_s == 30
    assert "in 30 seconds" in flood.message
