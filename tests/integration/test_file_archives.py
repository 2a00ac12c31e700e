"""Zip files from strangers."""

from __future__ import annotations

import resource
import stat
import time
import zipfile

import pyogrio
import pytest
import toy_town

from gridsvc.errors import BadInput
from gridsvc.geo.files.archives import unpacked
from gridsvc.geo.files.formats import read_layer


def zipped(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def refused(path, words, **limits):
    with pytest.raises(BadInput, match=words), unpacked(path, **limits):
        pytest.fail("the archive was unpacked")


@pytest.fixture
def parts(tmp_path):
    (tmp_path / "parts").mkdir()
    pyogrio.write_dataframe(toy_town.grids()[["code", "geometry"]], tmp_path / "parts" / "town.shp")
    return {f"网格{one.suffix.upper()}": one.read_bytes() for one in (tmp_path / "parts").iterdir()}


def test_a_zipped_shapefile_is_read_and_its_folder_removed(tmp_path, parts):
    path = zipped(tmp_path / "town.zip", parts)
    assert read_layer(path)["code"].tolist() == toy_town.grids()["code"].tolist()
    with unpacked(path) as members:
        places = list(members.values())
        assert {place.name for place in places} >= {"member1.shp", "member1.dbf", "member1.shx"}
        assert stat.S_IMODE(places[0].parent.stat().st_mode) == 0o700
    assert not places[0].parent.exists()


def test_a_shapefile_in_a_folder_is_read_as_macos_packs_it(tmp_path, parts):
    packed = {"town/": b"", "town/grids/": b"", "town/.DS_Store": b"\0"}
    packed |= {f"town/grids/{name}": content for name, content in parts.items()}
    packed |= {f"__MACOSX/town/grids/._{name}": b"\0\5\x16\7" for name in parts}
    assert len(read_layer(zipped(tmp_path / "town.zip", packed))) == 9


def test_files_of_two_folders_are_never_taken_for_one_shapefile(tmp_path, parts):
    split = {f"{'a' if 'DBF' in name else 'b'}/{name}": one for name, one in parts.items()}
    with pytest.raises(BadInput, match=r"the .dbf file \(fields\) is missing"):
        read_layer(zipped(tmp_path / "split.zip", split))
    refused(zipped(tmp_path / "t.zip", {"a/x.shp": b"x", "b/x.shp": b"y"}), "'x.shp' twice")


def test_one_of_two_shapefiles_is_chosen_by_its_name(tmp_path, parts):
    both = {**parts, **{name.replace("网格", "社区"): content for name, content in parts.items()}}
    path = zipped(tmp_path / "two.zip", both)
    with pytest.raises(BadInput, match=r"网格.SHP, 社区.SHP: use --layer"):
        read_layer(path)
    assert len(read_layer(path, "社区")) == 9
    with pytest.raises(BadInput, match="it holds none"):
        read_layer(zipped(tmp_path / "none.zip", {"a.txt": "x"}))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../etc/cron.d/x.shp", "leads out"),
        ("town/../../x.shp", "leads out"),
        ("town/../", "leads out"),
        ("/etc/x.shp", "leads out"),
        ("town\\x.shp", "leads out"),
        ("C:x.shp", "leads out"),
        ("..", "leads out"),
        ("town/inner.zip", "archive in the archive"),
        ("inner.zip", "archive in the archive"),
    ],
)
def test_no_name_leaves_the_folder(tmp_path, name, words):
    refused(zipped(tmp_path / "a.zip", {name: b"x"}), words)


def test_links_crowds_and_hidden_archives_are_refused(tmp_path):
    link = zipfile.ZipInfo("town.shp")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    refused(zipped(tmp_path / "link.zip", {link: "/etc/passwd"}), "is a link")
    refused(zipped(tmp_path / "21.zip", {f"{i}.shp": b"" for i in range(21)}), "holds 21 files")
    inner = zipped(tmp_path / "inner.zip", {"a.shp": b"x"}).read_bytes()
    refused(zipped(tmp_path / "hidden.zip", {"a.dbf": inner}), "archive in the archive")
    refused(zipped(tmp_path / "x.zip", {"a.shp": b"x"}, zipfile.ZIP_BZIP2), "other than deflate")
    refused(zipped(tmp_path / "t.zip", {"a.shp": b"x", "A.SHP": b"y"}), "twice")


def test_a_bomb_is_refused_before_it_goes_off(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"a.shp": bytes(60_000_000)})
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.thread_time()
    refused(path, "more than 50 MB")
    assert time.thread_time() - started < 0.1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 20_000


def test_a_bomb_within_the_limit_is_known_by_its_ratio(tmp_path):
    path = zipped(tmp_path / "bomb.zip", {"a.shp": bytes(20_000_000)})
    refused(path, "too much for a file of")


def test_a_size_that_the_archive_lies_about_does_not_help_it(tmp_path):
    path = zipped(tmp_path / "lie.zip", {"a.shp": bytes(3_000_000)})
    content = bytearray(path.read_bytes())
    directory = content.rfind(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(content)
    refused(path, "cannot|can be read")


def test_a_damaged_or_locked_archive_is_refused(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.shp": bytes(range(256)) * 50})
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30
    path.write_bytes(content)
    refused(path, "not a zip file that can be read")
    path.write_bytes(b"PK\x03\x04 torn")
    refused(path, "not a zip file that can be read")
    locked = bytearray(zipped(tmp_path / "l.zip", {"a.shp": b"x"}).read_bytes())
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "l.zip").write_bytes(locked)
    refused(tmp_path / "l.zip", "is encrypted")
