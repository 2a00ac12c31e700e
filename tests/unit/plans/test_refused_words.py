"""The sentences that the desk translates are those that the service says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gridsvc
from gridsvc.web.plans.refused_words import REFUSALS

ROOT = Path(gridsvc.__file__).parent


def said() -> str:
    """Join every text of the code that refuses, what is filled in left out."""
    files = [*(ROOT / "geo" / "edits").glob("*.py"), *(ROOT / "plans").rglob("*.py")]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    return "\n".join(
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


SAID = said()


@pytest.mark.parametrize("refusal", [one._args[0] for one in REFUSALS])
def test_a_translated_refusal_is_one_that_can_come(refusal: str) -> None:
    parts = re.split(r"\{\w+\}|: ", refusal)
    words = [part.strip(" .:'") for part in parts if len(part.strip()) > 3]
    assert words
    assert [part for part in words if part not in SAID] == []
