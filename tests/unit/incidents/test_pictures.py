"""What leaves the door for photos is pixels; what is none is refused with a sentence."""

from __future__ import annotations

import base64
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageFile, TiffImagePlugin

from gridsvc.errors import BadInput
from gridsvc.incidents.evidence import pictures

RED, BLUE = (200, 30, 30), (30, 30, 200)
#: 64 x 48, blue in the upper left quarter, with a maker, a position, and “turn by a quarter”.
HEIC = base64.b64decode("""
AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAA
AAAAADRpbG9jAAAAAERAAAIAAQAAAAAB7AABAAAAAAAAAFoAAgAAAAACRgABAAAAAAAAAHkAAAA4aWluZgAAAAAAAgAAABVp
bmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZo
dmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAA
AwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAA
AAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90
AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAANttZGF0AAAAVigBrwngIzUt
//Wb+99+5//QLEdO7v1KFbBdL/LgW/fobX36Sa8Itx/+PyO/8ugLv8IRJYiXz71vRLC+X6Mzs48l1u9+EKjdB0FF3a6CuCLx
kS1reUeAAAAABkV4aWYAAE1NACoAAAAIAAMBDwACAAAACwAAADIBEgADAAAAAQAGAACIJQAEAAAAAQAAAD0AAAAAUGhvbmVN
YWtlcgAAAgABAAIAAAACTgAAAAACAAUAAAADAAAAVwAAABsAAAABAAAAKgAAAAEAAAAAAAAAAQ==
""")


def drawn(size=(64, 48), mode="RGB") -> Image.Image:
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


def written(image: Image.Image, form: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, form, **how)
    return out.getvalue()


def opened(picture: pictures.Picture) -> Image.Image:
    return Image.open(BytesIO(picture.jpeg))


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be as large as that."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    packed = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_metadata_is_gone_and_the_photo_stands_upright(form: str) -> None:
    notes = Image.Exif()
    notes[0x0112] = 6
    notes[0x010F] = "PhoneMaker"
    notes.get_ifd(0x8825)[2] = tuple(TiffImagePlugin.IFDRational(n) for n in (27, 42, 7))
    how = {"exif": notes, "xmp": b"<x:xmpmeta>secret</x:xmpmeta>", "icc_profile": b"secret" * 30}
    sent = written(drawn(), form, **how, **({"comment": b"secret"} if form == "JPEG" else {}))
    kept = pictures.clean(sent)
    assert (kept.width, kept.height) == (48, 64)
    image = opened(kept)
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"secret" not in kept.jpeg and b"PhoneMaker" not in kept.jpeg
    assert image.getpixel((40, 4))[2] > 150 > image.getpixel((4, 4))[2]


def test_a_phones_heic_is_taken_upright() -> None:
    kept = pictures.clean(HEIC)
    assert (kept.width, kept.height) == (48, 64)
    assert b"PhoneMaker" in HEIC and b"PhoneMaker" not in kept.jpeg
    assert opened(kept).getpixel((40, 4))[2] > 150


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_ordinary_kind_of_pixels_becomes_a_jpeg(mode: str) -> None:
    image = drawn().convert("L").convert(mode) if mode == "I;16" else drawn(mode=mode)
    form = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(pictures.clean(written(image, form))).mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert opened(pictures.clean(written(clear, "PNG"))).getpixel((4, 4)) == (255, 255, 255)


def test_a_large_photo_is_kept_at_2048_pixels() -> None:
    kept = pictures.clean(written(Image.new("L", (3000, 1500)), "JPEG"))
    assert (kept.width, kept.height) == (2048, 1024)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (claiming(10_000, 6_000), "60 million"),
        (claiming(30_000, 30_000), "900 million"),
        (b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0", "268 million"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "JPEG, PNG"),
        (b"GIF89a" + b"\0" * 40, "JPEG, PNG"),
        (b"%PDF-1.7 photo.jpg", "JPEG, PNG"),
        (b"", "JPEG, PNG"),
        (written(drawn((640, 480)), "JPEG")[:-900], "breaks off"),
        (written(drawn(), "PNG")[:90], "breaks off"),
        (written(drawn(), "WEBP")[:-30], "no photo that can be read"),
        (HEIC[:500], "JPEG, PNG"),
        (written(drawn(), "JPEG") + b"\xff\xda" * 60, "too many layers"),
    ],
    ids=[
        "60 Mpx",
        "bomb",
        "WebP bomb",
        "SVG",
        "GIF",
        "PDF",
        "empty",
        "cut JPEG",
        "cut PNG",
        "cut WebP",
        "cut HEIC",
        "scans",
    ],
)
def test_what_is_no_sound_photo_is_refused_in_a_sentence(sent: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        pictures.clean(sent)


def test_a_photo_that_breaks_off_is_refused_also_where_a_pdf_was_written_before(
    monkeypatch,
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    with pytest.raises(BadInput, match="breaks off"):
        pictures.clean(written(drawn(), "PNG")[:90])


def test_a_polyglot_keeps_its_pixels_alone() -> None:
    sent = written(drawn(), "JPEG") + b"<script>alert(1)</script>PK\x03\x04"
    assert b"script" not in pictures.clean(sent).jpeg


def test_what_is_covered_is_in_no_byte_of_the_covered_photo() -> None:
    plain = pictures.clean(written(drawn((64, 64)), "PNG")).jpeg
    other = pictures.clean(written(Image.new("RGB", (64, 64), RED), "PNG")).jpeg
    everything = [[0, 0, 64, 64]]
    assert pictures.cover(plain, everything) == pictures.cover(other, everything)
    half = Image.open(BytesIO(pictures.cover(plain, [[0, 0, 32, 32]])))
    assert half.getpixel((5, 5)) == (96, 96, 96)
    assert half.getpixel((60, 60))[0] > 150


@pytest.mark.parametrize("rectangle", [[0, 0, 0, 5], [60, 0, 5, 5], [-1, 0, 5, 5], [0, 0, 5, 65]])
def test_a_rectangle_outside_the_photo_is_refused(rectangle: list[int]) -> None:
    plain = pictures.clean(written(drawn((64, 64)), "PNG")).jpeg
    with pytest.raises(BadInput, match="does not lie in the photo"):
        pictures.cover(plain, [rectangle])
