"""``python -m gridsvc.demo.town OUTPUT_FOLDER``: grow the demo town and write its files."""

from __future__ import annotations

import sys
from pathlib import Path

from gridsvc.demo.town.build import main

if len(sys.argv) != 2:
    sys.exit("Say where to write: python -m gridsvc.demo.town OUTPUT_FOLDER")
main(Path(sys.argv[1]))
