"""Copy the pinned front-end files into ``gridsvc/web/static/vendor``.

    npm ci --ignore-scripts && python scripts/vendor.py     copies what changed
    python scripts/vendor.py --check                        exit 0 when nothing is to be done

One table, ``gridsvc/web/static/vendor.json``, says which file comes from where; the pages use the
same table to replace the addresses that folium writes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "gridsvc/web/static/vendor.json"
VENDOR = ROOT / "gridsvc/web/static/vendor"
STAMP = VENDOR / "stamp.json"
# A data URL may hold url(#…) of its own, which reaches nothing.
DATA = re.compile(r"""url\(\s*(?:"data:[^"]*"|'data:[^']*'|data:[^)"']*)\s*\)""")
LINK = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""")


def source_of(row: dict[str, str]) -> Path:
    """Find a row's source: an npm package, or folium's wheel without importing it."""
    if row["from"].startswith("node_modules/"):
        return ROOT / row["from"]
    package, _, inside = row["from"].partition("/")
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        sys.exit(f"{package} is not installed in this Python: run the set-up first.")
    return Path(spec.origin).parent / inside


def refuse_outside_links(css: Path) -> None:
    """Stop when a style sheet reaches outside, or to a file that is not there."""
    for target in LINK.findall(DATA.sub("", css.read_text(encoding="utf-8"))):
        if target.startswith("#"):
            continue
        if re.match(r"(?:[a-z][a-z0-9+.-]*:)?//", target, re.IGNORECASE):
            sys.exit(f"{css.name} reaches outside for {target}: leave it out or cure it.")
        if not (css.parent / re.split("[?#]", target)[0]).is_file():
            sys.exit(f"{css.name} needs {target}: add it to {TABLE.name}.")


def inputs() -> str:
    """Hash what decides the result: the table and the lock file."""
    lock = ROOT / "package-lock.json"
    return hashlib.sha256(TABLE.read_bytes() + lock.read_bytes()).hexdigest()


def is_fresh(rows: list[dict[str, str]]) -> bool:
    """Tell whether every file is there, whole, and from the present table and lock."""
    if not STAMP.is_file():
        return False
    stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    return stamp["inputs"] == inputs() and all(
        (VENDOR / row["file"]).is_file() and digest(VENDOR / row["file"]) == stamp[row["file"]]
        for row in rows
    )


def digest(path: Path) -> str:
    """Hash one file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Copy, check the style sheets, and stamp the folder last so that half a copy is no copy."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))["files"]
    if is_fresh(rows):
        return
    if "--check" in sys.argv:
        sys.exit("The front-end files are missing or old: npm ci, then scripts/vendor.py.")
    shutil.rmtree(VENDOR, ignore_errors=True)
    for row in rows:
        source = source_of(row)
        if not source.is_file():
            sys.exit(f"{row['from']} is not there: run npm ci --ignore-scripts first.")
        (VENDOR / row["file"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, VENDOR / row["file"])
    for css in VENDOR.rglob("*.css"):
        refuse_outside_links(css)
    stamp = {row["file"]: digest(VENDOR / row["file"]) for row in rows}
    STAMP.write_text(json.dumps({"inputs": inputs(), **stamp}), encoding="utf-8")
    print(f"{len(rows)} front-end files in {VENDOR.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
