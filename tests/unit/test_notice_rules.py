"""Addresses that a webhook may have, and the sentence of a notice."""

from __future__ import annotations

import pytest

from gridsvc.notices.rules import TOPICS, address_fault
from gridsvc.notices.wording import sentence, translator


@pytest.mark.parametrize(
    "url",
    [
        "ftp://h/", "gopher://h/", "//h/", "http://", "http://u:p@h/", "http://h/#x",
        "http://h\n/", "http://h:99999/", "http://[::1/", "http://主机/",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_called_is_refused(url: str) -> None:
    assert address_fault(url)


def test_every_topic_has_a_sentence_of_its_own_in_both_languages() -> None:
    for language in ("zh", "en"):
        words = translator(language)
        told = {sentence(topic, {}, 7, language, words) for topic in (*TOPICS, "unheard-of")}
        assert len(told) == len(TOPICS) + 1


def test_a_name_with_line_ends_stays_one_line() -> None:
    told = sentence("overdue", {"category": "a\r\nBcc: b"}, 7, "en", str)
    assert "\n" not in told and "\r" not in told
