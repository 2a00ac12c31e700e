"""A photo at the limit of its format is read within 150 MB of memory, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from gridsvc.errors import BadInput
from gridsvc.incidents.evidence import pictures

MOST_MB = 150
_MEASURE = """
import re, sys
from io import BytesIO
from PIL import Image
from gridsvc.incidents.evidence import pictures
def memory(name):
    return int(re.search(rf"Vm{name}:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
first = BytesIO()
Image.new("RGB", (64, 64)).save(first, "JPEG")
pictures.clean(first.getvalue())
data = open(sys.argv[1], "rb").read()
before = memory("RSS")
kept = pictures.clean(data)
assert max(kept.width, kept.height) == 2048
print(memory("HWM") - before)
"""


def photo(form: str, width: int, height: int, mode: str = "RGB", **how: object) -> bytes:
    """A gradient: what is of one colour everywhere would be read too easily."""
    small = Image.radial_gradient("L").resize((width, height)).convert(mode)
    out = BytesIO()
    small.save(out, form, **how)
    return out.getvalue()


@pytest.mark.parametrize(
    ("form", "size", "how"),
    [
        ("JPEG", (6120, 4080), {}),
        ("JPEG", (6120, 4080), {"progressive": True}),
        ("JPEG", (5180, 3450), {"progressive": True, "subsampling": 0}),
        ("PNG", (6120, 4080), {"compress_level": 1}),
        ("PNG", (4140, 2760), {"mode": "RGBA", "compress_level": 1}),
        ("WEBP", (3600, 2400), {"method": 0}),
    ],
    ids=["JPEG", "progressive", "progressive in full colour", "PNG", "transparent", "WebP"],
)
def test_a_photo_at_the_limit_takes_little_memory(tmp_path: Path, form, size, how) -> None:
    path = tmp_path / "photo"
    path.write_bytes(photo(form, *size, **how))
    command = [sys.executable, "-c", _MEASURE, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert float(told.stdout) < MOST_MB


def test_a_photo_that_would_take_more_is_refused_by_its_head() -> None:
    sent = photo("JPEG", 6120, 4080, progressive=True, subsampling=0)
    with pytest.raises(BadInput, match="at most 18 million"):
        pictures.clean(sent)
