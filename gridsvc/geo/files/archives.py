"""Zipped files from outside: opened member by member, counted while they are read."""

from __future__ import annotations

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gridsvc.errors import BadInput

MOST_MEMBERS = 20
MOST_BYTES = 50_000_000
# Deflate cannot pass about 1,030; honest shapefiles stay under 30.
HIGHEST_RATIO = 100
# Below this the ratio says nothing: a .dbf of blanks is small and compresses well.
_RATIO_COUNTS_FROM_BYTES = 1_000_000

_CHUNK_BYTES = 65_536
_ARCHIVES = {".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz", ".kmz"}
_ZIP_MAGIC = b"PK\x03\x04"
_PLAIN_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


@contextmanager
def unpacked(path: Path, max_bytes: int = MOST_BYTES) -> Iterator[dict[str, Path]]:
    """Unpack a zip file into a private folder that is removed afterwards.

    Nothing of a member's name reaches the disk but its suffix: members of one folder and stem are
    written as ``member1.shp``, ``member1.dbf``, the next stem as ``member2``. What macOS adds of
    its own, ``__MACOSX`` and ``._``, is passed over.

    Parameters
    ----------
    path : Path
        The zip file.
    max_bytes : int
        The most that all members may hold uncompressed.

    Yields
    ------
    dict of str to Path
        The name in the archive, without its folder, and where it lies now, in the order of the
        archive.

    Raises
    ------
    BadInput
        Not a zip file, damaged or encrypted; more than 20 members, more than ``max_bytes``, a
        ratio over 100; a name given twice, one that leads out of the archive, a link or another
        archive inside.
    """
    with tempfile.TemporaryDirectory(prefix="gridsvc-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                members = _admitted(archive, path.name, max_bytes)
                yield _written(archive, members, Path(folder), path, max_bytes)
        except (zipfile.BadZipFile, zlib.error, EOFError) as fault:
            raise BadInput(f"{path.name} is not a zip file that can be read: {fault}.") from fault


def _admitted(archive: zipfile.ZipFile, name: str, max_bytes: int) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not _is_passed_over(member)]
    if len(members) > MOST_MEMBERS:
        raise BadInput(
            f"{name} holds {len(members)} files, at most {MOST_MEMBERS} are read: "
            "zip one layer at a time."
        )
    seen: set[str] = set()
    for member in members:
        if fault := _fault(member):
            raise BadInput(f"{name}: the member {member.filename!r} {fault}.")
        file = PurePosixPath(member.filename).name
        if file.lower() in seen:
            raise BadInput(f"{name} holds {file!r} twice: zip one layer at a time.")
        seen.add(file.lower())
    if sum(member.file_size for member in members) > max_bytes:
        raise BadInput(f"{name} unpacks to more than {max_bytes // 1_000_000} MB: split it.")
    return members


def _is_passed_over(member: zipfile.ZipInfo) -> bool:
    """Tell a plain folder, and the twin that macOS packs beside each file."""
    if member.is_dir():
        return _stays_inside(member.filename.removesuffix("/"))
    return PurePosixPath(member.filename).name.startswith("._")


def _stays_inside(name: str) -> bool:
    plain = name.isprintable() and not set(name) & set("\\:")
    return plain and not {"", ".", ".."} & set(name.split("/"))


def _fault(member: zipfile.ZipInfo) -> str | None:
    name = member.filename
    if not _stays_inside(name):
        return "leads out of the archive; zip the files themselves"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link; zip the file itself"
    if PurePosixPath(name).suffix.lower() in _ARCHIVES:
        return "is an archive in the archive; unpack it first"
    if member.flag_bits & 0x1:
        return "is encrypted; zip it without a password"
    if member.compress_type not in _PLAIN_METHODS:
        return "is compressed in a way other than deflate; zip it again"
    return None


def _written(
    archive: zipfile.ZipFile,
    members: list[zipfile.ZipInfo],
    folder: Path,
    path: Path,
    max_bytes: int,
) -> dict[str, Path]:
    packed_bytes = path.stat().st_size
    # The sizes that the archive declares may lie, so what is read is counted too.
    allowed = min(max_bytes, max(packed_bytes * HIGHEST_RATIO, _RATIO_COUNTS_FROM_BYTES))
    stems: dict[str, str] = {}
    places: dict[str, Path] = {}
    read_bytes = 0
    for member in members:
        inside = PurePosixPath(member.filename)
        stem = stems.setdefault(str(inside.with_suffix("")).lower(), f"member{len(stems) + 1}")
        suffix = inside.suffix.lower()
        place = folder / (stem + suffix if suffix[1:].isascii() and len(suffix) < 10 else stem)
        with archive.open(member) as source, place.open("wb") as target:
            while chunk := source.read(_CHUNK_BYTES):
                read_bytes += len(chunk)
                if read_bytes > allowed:
                    raise BadInput(
                        f"{path.name} unpacks to more than {allowed // 1_000_000} MB, "
                        f"too much for a file of {packed_bytes // 1000} kB: zip it again."
                    )
                if target.tell() == 0 and chunk.startswith(_ZIP_MAGIC):
                    raise BadInput(
                        f"{path.name}: {member.filename!r} is an archive in the archive: "
                        "unpack it first."
                    )
                target.write(chunk)
        places[inside.name] = place
    return places
