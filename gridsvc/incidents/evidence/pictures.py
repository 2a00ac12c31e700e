"""From bytes that claim to be a photo to pixels and nothing else."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from io import BytesIO

import pi_heif
from PIL import Image, ImageDraw, ImageOps

from gridsvc.errors import BadInput

#: By content, never by name. Pillow's other decoders are where its holes have been.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
#: A phone's largest ordinary setting; a 3 kB file can claim far more.
MAX_PIXELS = 25_000_000
#: For WebP and for transparency, whose decoders hold the picture two to four times over.
MAX_PIXELS_COSTLY = 10_000_000
#: Longest side of what is kept: a number plate across a street can still be read.
LONGEST_PX = 2048
MAX_COVERS = 50
# An ordinary progressive JPEG has about ten; each goes over every pixel once more.
_MAX_SCANS = 50
_QUALITY = 85
_GREY = (96, 96, 96)

pi_heif.register_heif_opener()
# Counted below for every format, with a sentence; Pillow's own limit would only warn.
Image.MAX_IMAGE_PIXELS = None
# The largest takes some 200 MB while it is read: one at a time in each process.
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A JPEG without metadata, upright; width and height are pixels."""

    jpeg: bytes
    width: int
    height: int


def clean(data: bytes) -> Picture:
    """Read a photo and write its pixels anew, upright, without metadata, at most 2048 px wide.

    Raises
    ------
    BadInput
        It is no JPEG, PNG, WebP or HEIC, has more than 25 million pixels, or breaks off.
    """
    with _one_at_a_time:
        return _written(_read(data))


def cover(jpeg: bytes, covers: list[list[int]]) -> bytes:
    """Paint rectangles over a picture of ours; what was below them is in no byte of the answer.

    Parameters
    ----------
    jpeg : bytes
        As `clean` wrote it.
    covers : list of [x, y, width, height]
        Pixels from the upper left corner.

    Raises
    ------
    BadInput
        A rectangle is empty or reaches out of the picture, or there are more than fifty.
    """
    image = Image.open(BytesIO(jpeg), formats=("JPEG",))
    if len(covers) > MAX_COVERS:
        raise BadInput(f"A photo takes at most {MAX_COVERS} rectangles.", ["covers"])
    pen = ImageDraw.Draw(image)
    for x, y, width, height in covers:
        right, lower = x + width, y + height
        if not (0 <= x < right <= image.width and 0 <= y < lower <= image.height):
            raise BadInput(
                f"The rectangle {x}, {y}, {width}, {height} does not lie in the photo of"
                f" {image.width} x {image.height} pixels.",
                ["covers"],
            )
        pen.rectangle((x, y, right - 1, lower - 1), fill=_GREY)
    return _written(image).jpeg


def _read(data: bytes) -> Image.Image:
    webp = _webp_size(data)
    if webp is not None:
        # Pillow's decoder takes memory for the whole canvas as soon as it is opened.
        _require_small(webp, MAX_PIXELS_COSTLY)
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _MAX_SCANS:
        raise BadInput("The photo is built in too many layers: save it anew and send it again.")
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    except Exception as fault:
        raise BadInput(
            "The file is no photo that can be read: send a JPEG, PNG, WebP or HEIC."
        ) from fault
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    _require_small(image.size, MAX_PIXELS_COSTLY if clear else MAX_PIXELS)
    try:
        # JPEG can be read at half its size or less; the others ignore this.
        image.draft("RGB", (LONGEST_PX, LONGEST_PX))
        image.load()
        if image.mode not in ("RGB", "RGBA", "L", "CMYK"):
            image = image.convert("RGBA" if clear else "RGB")
        image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS, reducing_gap=2.0)
    except Exception as fault:  # decoders raise whatever a broken file leads them to
        raise BadInput(
            "The photo breaks off or is damaged: take it again or send it anew."
        ) from fault
    return _on_white(_upright(image))


def _require_small(size: tuple[int, int], limit: int) -> None:
    width, height = size
    if width * height > limit:
        raise BadInput(
            f"The photo has {width} x {height} pixels, {width * height / 1e6:.0f} million:"
            f" send one of at most {limit / 1e6:.0f} million."
        )


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Read the canvas from the first chunk of a WebP, or ``None`` where it is none."""
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if data[12:16] == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    return width, height


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a photo is not lost for a broken note about how the phone was held
        return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image)
        image = white
    return image.convert("RGB")


def _written(image: Image.Image) -> Picture:
    bare = image.copy()
    bare.info = {}  # a comment would be written along
    out = BytesIO()
    bare.save(out, "JPEG", quality=_QUALITY)
    return Picture(out.getvalue(), bare.width, bare.height)
