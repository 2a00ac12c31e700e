from __future__ import annotations

import os
import re
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest

from gridsvc import settings as module
from gridsvc.errors import BadInput, NotReady
from gridsvc.settings import VARIABLES, Settings, from_environment
from gridsvc.settings import home as folder
from gridsvc.settings.home import embedded_url, keep_secret

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path):
    return {"GRIDSVC_HOME": str(tmp_path)}


def test_without_variables_the_service_is_private_to_this_machine(home, tmp_path):
    settings = from_environment(home)
    assert (settings.host, settings.port, settings.https) == ("127.0.0.1", 8000, False)
    assert settings.embedded
    assert settings.home == tmp_path
    assert settings.mask_threshold == 5


def test_an_empty_variable_counts_as_not_set(home):
    assert from_environment({**home, "PORT": "", "GRIDSVC_DATABASE_URL": " "}).port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "80 80"),
        ("PORT", "²"),
        ("GRIDSVC_WORKERS", "0"),
        ("GRIDSVC_THREADS", "many"),
        ("GRIDSVC_PROXIES", "-1"),
        ("GRIDSVC_HTTPS", "yes please"),
        ("GRIDSVC_FSYNC", "2"),
        ("GRIDSVC_LOG_LEVEL", "loud"),
        ("GRIDSVC_MASK_THRESHOLD", "0"),
        ("GRIDSVC_LANGUAGE", "fr"),
        ("GRIDSVC_TIME_ZONE", "Asia/Nowhere"),
        ("GRIDSVC_TIME_ZONE", "../../etc/passwd"),
        ("GRIDSVC_SECRET_KEY", "short"),
        ("GRIDSVC_DATABASE_URL", "mysql://localhost/x"),
        ("GRIDSVC_TILE_URL", "https://tiles.example.org/"),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_the_variable(home, name, value):
    with pytest.raises(BadInput, match=name) as caught:
        from_environment({**home, name: value})
    assert caught.value.ids == [name]
    assert caught.value.message.endswith(".")


def test_a_misspelt_variable_is_refused_with_the_right_name(home):
    with pytest.raises(BadInput, match="did you mean GRIDSVC_DATABASE_URL"):
        from_environment({**home, "GRIDSVC_DATBASE_URL": "postgresql://h/d"})


def test_a_base_map_needs_its_owner_named(home):
    tiles = {"GRIDSVC_TILE_URL": "https://tiles.example.org/{z}/{x}/{y}.png"}
    with pytest.raises(BadInput, match="GRIDSVC_TILE_ATTRIBUTION"):
        from_environment({**home, **tiles})
    owned = from_environment({**home, **tiles, "GRIDSVC_TILE_ATTRIBUTION": "GS(2026)1"})
    assert owned.tile_attribution == "GS(2026)1"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a second account: root's, not postgres'")
def test_a_server_of_another_account_is_not_spoken_to(monkeypatch, tmp_path):
    monkeypatch.setattr(folder, "socket_dir", lambda home: tmp_path)
    address = embedded_url(tmp_path, "gridsvc").replace("+psycopg2", "", 1)
    with socket.socket(socket.AF_UNIX) as squatter:
        squatter.bind(str(tmp_path / ".s.PGSQL.5432"))
        squatter.listen()
        with pytest.raises(psycopg2.OperationalError, match="requirepeer"):
            psycopg2.connect(address, connect_timeout=30)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_a_database_of_the_users_own_is_not_embedded(home, scheme):
    settings = from_environment({**home, "GRIDSVC_DATABASE_URL": f"{scheme}://u:p@h/d"})
    assert not settings.embedded
    assert settings.database_url == "postgresql+psycopg2://u:p@h/d"


def test_each_home_has_its_own_lasting_secret_key(tmp_path):
    keys = [from_environment({"GRIDSVC_HOME": str(tmp_path / n)}).secret_key for n in "aba"]
    assert keys[0] == keys[2] != keys[1]
    assert len(keys[0]) == 32
    mode = (tmp_path / "a/secrets/secret_key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_processes_that_start_together_agree_on_one_secret(tmp_path):
    made = iter(range(1000))
    with ThreadPoolExecutor(8) as pool:
        found = set(
            pool.map(lambda _: keep_secret(tmp_path, "s", lambda: b"%d" % next(made)), range(40))
        )
    assert len(found) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["s"]


def test_a_home_that_cannot_be_written_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotReady, match="GRIDSVC_HOME"):
        from_environment({"GRIDSVC_HOME": str(tmp_path / "file")})


def test_no_secret_is_shown_when_settings_are_printed(home):
    secrets = {
        "GRIDSVC_DATABASE_URL": "postgresql://u:swordfish@h/d",
        "GRIDSVC_DEMO_PASSWORD": "swordfish",
        "GRIDSVC_SECRET_KEY": "swordfish" * 4,
    }
    assert "swordfish" not in repr(from_environment({**home, **secrets}))


def test_the_socket_path_fits_whatever_the_home_is_called(home, tmp_path):
    long = Settings(Path("/" + "很长" * 60 + "/with space"), "", True, b"")
    assert len(bytes(long.socket_dir / ".s.PGSQL.5432")) <= 107
    assert long.socket_dir != from_environment(home).socket_dir


def test_every_variable_is_explained_in_the_operations_page():
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE))
    assert explained == set(VARIABLES)


def test_every_variable_that_is_read_is_on_the_list():
    files = Path(module.__file__).parent.glob("*.py")
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    assert set(re.findall(r'"(PORT|GRIDSVC_[A-Z_]+)"', source)) == set(VARIABLES)


def test_nothing_else_reads_the_environment():
    reading = re.compile(r"os\.environ(?!\.update)|os\.getenv")
    readers = [
        path
        for package in ("gridsvc", "dashboards")
        for path in (ROOT / package).rglob("*.py")
        if reading.search(path.read_text(encoding="utf-8"))
    ]
    assert readers == [Path(module.__file__)]
