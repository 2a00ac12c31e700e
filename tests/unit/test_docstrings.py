"""Every public name says what it is for, and its numpydoc sections name real things."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("gridsvc", "dashboards")
    for path in (REPOSITORY / folder).rglob("*.py")
    if "versions" not in path.parts
)
Public = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(body: list[ast.stmt], of: str = "") -> Iterator[tuple[str, Public]]:
    for node in body:
        if isinstance(node, Public) and not node.name.startswith("_"):
            yield f"{of}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def described_parameters(docstring: str) -> list[str]:
    section = docstring.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    headings = [line for line in section.splitlines() if line and not line.startswith(" ")]
    return [name.strip(" *") for line in headings for name in line.split(" : ")[0].split(",")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_public_names_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), f"{path} does not say what it holds"
    for name, node in public(tree.body):
        docstring = ast.get_docstring(node)
        assert docstring, f"{path}: {name} has no docstring"
        if isinstance(node, ast.ClassDef):
            continue
        arguments = node.args
        present = {
            one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        } | {one.arg for one in (arguments.vararg, arguments.kwarg) if one}
        unknown = set(described_parameters(docstring)) - present
        assert not unknown, f"{path}: {name} describes parameters it does not have: {unknown}"
