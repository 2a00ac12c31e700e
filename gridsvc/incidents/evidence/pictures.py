"""From bytes that claim to be a photo to pixels and nothing else."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from io import BytesIO

import pi_heif
from PIL import Image, ImageDraw, ImageFile, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from gridsvc.errors import BadInput
from gridsvc.incidents.rules.reasons import because

#: By content, never by name. Pillow's other decoders are where its holes have been.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
#: A phone's largest ordinary setting; a 3 kB file can claim far more.
MAX_PIXELS = 25_000_000
#: What reading one photo may take, worked out from its head before a pixel is decoded.
MEMORY = 140_000_000
# Bytes a pixel, measured: the picture as decoded, the copy in our colours, the half of it.
_BYTES = {"1": 6, "L": 3, "P": 6, "RGB": 5, "CMYK": 8, "I;16": 7, "I": 9, "F": 9}
_BYTES_CLEAR = 12
_BYTES_WEBP = 16
# A phone's 24.5 million pixels take 148 MB, most of it inside libheif, which knows no halves.
_BYTES_HEIF = 5.7
#: Longest side of what is kept: a number plate across a street can still be read.
LONGEST_PX = 2048
MAX_COVERS = 50
# An ordinary progressive JPEG has about ten; each goes over every pixel once more.
_MAX_SCANS = 50
_QUALITY = 85
_STRIP = 64
_GREY = (96, 96, 96)

pi_heif.register_heif_opener()
# Counted below for every format, with a sentence; Pillow's own limit would only warn.
Image.MAX_IMAGE_PIXELS = None
# The largest takes 140 MB while it is read: one at a time in each process.
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
        It is no JPEG, PNG, WebP or HEIC, has more than 25 million pixels or would take more
        than 140 MB to be read, or breaks off.
    """
    with _one_at_a_time:
        # What writes our PDFs lets Pillow fill up what breaks off, for the whole process.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
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
        raise because(BadInput, "covers_many", ["covers"], most=MAX_COVERS)
    pen = ImageDraw.Draw(image)
    for x, y, width, height in covers:
        right, lower = x + width, y + height
        if not (0 <= x < right <= image.width and 0 <= y < lower <= image.height):
            raise because(
                BadInput,
                "cover_outside",
                ["covers"],
                rectangle=(x, y, width, height),
                width=image.width,
                height=image.height,
            )
        pen.rectangle((x, y, right - 1, lower - 1), fill=_GREY)
    return _written(image).jpeg


def _read(data: bytes) -> Image.Image:
    webp = _webp_size(data)
    if webp is not None:
        # Pillow's decoder takes memory for the whole canvas as soon as it is opened.
        _require_small(webp, _BYTES_WEBP)
    if data.startswith(b"\xff\xd8") and data.count(b"\xff\xda") > _MAX_SCANS:
        raise because(BadInput, "photo_layers")
    try:
        image: Image.Image = Image.open(BytesIO(data), formats=FORMATS)
    except Exception as fault:
        raise because(BadInput, "photo_unreadable") from fault
    clear = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    _require_small(image.size, _bytes_a_pixel(image, clear))
    try:
        image = _upright(_small_heif(data) if image.format == "HEIF" else _small(image, clear))
        image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
    except Exception as fault:  # decoders raise whatever a broken file leads them to
        raise because(BadInput, "photo_broken") from fault
    return _on_white(image)


def _bytes_a_pixel(image: Image.Image, clear: bool) -> float:
    """Tell what a pixel of a photo costs while it is read."""
    if isinstance(image, JpegImageFile) and image.info.get("progressive"):
        # Every layer goes over all coefficients, two bytes each, before there is a pixel.
        fullest = max(h * v for _, h, v, _ in image.layer)
        return 1.5 + sum(2 * h * v / fullest for _, h, v, _ in image.layer)
    if isinstance(image, JpegImageFile) and _halved(image.size) > 1:
        return 1.5  # read at half its size
    if image.format == "HEIF":
        return _BYTES_HEIF
    return _BYTES_CLEAR if clear else _BYTES.get(image.mode, _BYTES_CLEAR)


def _small(image: Image.Image, clear: bool) -> Image.Image:
    """Decode a photo at as little above our size as its format allows without a loss."""
    factor = _halved(image.size)
    # JPEG can be read at half its size or less; the others ignore this.
    image.draft("RGB", (image.width // factor, image.height // factor))
    image.load()
    if image.mode not in ("RGB", "RGBA", "L", "CMYK"):
        image = image.convert("RGBA" if clear else "RGB")
    factor = _halved(image.size)
    if factor == 1:
        return image
    # Turning it upright and scaling it finely is then done with a quarter of the pixels.
    notes, smaller = image.info, image.reduce(factor)
    smaller.info = notes
    return smaller


def _small_heif(data: bytes) -> Image.Image:
    """Decode a HEIC, which libheif turns upright itself, and make it smaller strip by strip."""
    found = pi_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=True)
    width, height = found.size
    factor, line = _halved(found.size), found.stride
    small = Image.new(found.mode, (-(-width // factor), -(-height // factor)))
    pixels = memoryview(found.data)
    for top in range(0, height, _STRIP * factor):
        rows = min(_STRIP * factor, height - top)
        part = pixels[top * line : (top + rows) * line]
        strip = Image.frombytes(found.mode, (width, rows), bytes(part), "raw", found.mode, line, 1)
        small.paste(strip.reduce(factor), (0, top // factor))
    return small


def _halved(size: tuple[int, int]) -> int:
    """Return by what whole number, 1, 2, 4 or 8, a photo can be made smaller and stay large."""
    return max(n for n in (1, 2, 4, 8) if n == 1 or max(size) >= n * LONGEST_PX)


def _require_small(size: tuple[int, int], bytes_a_pixel: float) -> None:
    width, height = size
    limit = min(MAX_PIXELS, MEMORY / bytes_a_pixel)
    if width * height > limit:
        raise because(
            BadInput,
            "photo_large",
            width=width,
            height=height,
            million=round(width * height / 1e6),
            most=int(limit / 1e6),
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
