"""The sentences that the desk translates are those that the service says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import gridsvc
from gridsvc.web.plans.file_words import FILE_REFUSALS
from gridsvc.web.plans.refused_words import REFUSALS, in_words

ROOT = Path(gridsvc.__file__).parent


def said() -> str:
    """Join every text of the code that refuses, what is filled in left out."""
    folders = [ROOT / "plans"]
    folders += [
        ROOT / "geo" / room for room in ("edits", "files", "paper", "proposal", "redrawing")
    ]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    files.append(ROOT / "grids" / "intake" / "rows.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    return "\n".join(
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


SAID = said()
#: What the code fills in by its value, and a sentence has in full since languages inflect it.
FILLED_IN = r"\b(?:submitted|approved|withdrawn|undo|redo)\b"


@pytest.mark.parametrize("refusal", [one._args[0] for one in (*FILE_REFUSALS, *REFUSALS)])
def test_a_translated_refusal_is_one_that_can_come(refusal: str) -> None:
    parts = re.split(rf"\{{\w+\}}|: |{FILLED_IN}", refusal)
    words = [part.strip(" .:'") for part in parts if len(part.strip()) > 3]
    assert words
    assert [part for part in words if part not in SAID] == []


def test_a_refusal_is_said_anew_with_what_differs_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Grid 520302001001002 would fall into 3 pieces: look at the smallest."
    monkeypatch.setattr(type(REFUSALS[0]), "__str__", lambda one: f"<{one._args[0]}>")
    assert in_words(said) == f"<{said}>"


@pytest.mark.parametrize(
    "said",
    [
        "undo needs something.",
        "A line needs at least 2 positions, each lon and lat.",
        "a.dxf has no CAD layer 'x'; its layers are y, z.",
        "a.gpkg holds several layers, choose one with --layer: y, z.",
        "a.json has 71 MB, at most 64 MB are read: split it.",
        "a.zip: the member 'b.shp' is encrypted; zip it without a password.",
        "a.shp: the .dbf file (fields) is missing, put it beside.",
        "a.json: row 3 (and 2 more) lies outside the area of WGS 84 / UTM zone 48N, at 1, 2: is "
        "the reference system right?",
    ],
)
def test_what_a_gesture_or_a_file_lacks_is_said_anew(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setattr(type(REFUSALS[0]), "__str__", lambda one: f"<{one._args[0]}>")
    assert in_words(said) == f"<{said}>"


def test_what_a_gesture_lacks_is_named_in_words() -> None:
    assert in_words("transfer needs to.") == "transfer needs the grid that gets the ground."


def test_a_refusal_that_nobody_translated_stays_as_it_is() -> None:
    assert in_words("Something else is wrong.") == "Something else is wrong."
    nearly = "a: row 1 lies outside the area of b, at c" * 1000
    assert in_words(nearly) == nearly
