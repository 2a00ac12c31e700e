"""The set-up script, in this checkout and in copies that lack something."""

from __future__ import annotations

import fcntl
import os
import re
import resource
import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# What the script may count on: the essential packages of a Debian, and a Python.
ESSENTIAL = (
    "awk cat cut dirname find flock grep head id ls mkdir rm sed sh sha256sum sort tail tr wc"
)


@pytest.fixture
def bare(tmp_path):
    """A copy of the scripts below a path with a space, on a machine without apt and sudo."""
    checkout = tmp_path / "with space"
    tools = tmp_path / "tools"
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    tools.mkdir()
    for name in ESSENTIAL.split():
        (tools / name).symlink_to(shutil.which(name))
    (tools / "python3").symlink_to(ROOT / ".venv/bin/python")
    return checkout, tools


def set_up(checkout: Path, tools: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", checkout / "scripts/setup.sh", *options],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def python_that(tools: Path, script: str) -> None:
    (tools / "python3").unlink()
    (tools / "python3").write_text(f"#!/bin/sh\n{script}\n")
    (tools / "python3").chmod(0o755)


def worked_s() -> float:
    """Give the processor's time of the children so far: a busy machine makes it no longer."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.skipif(not (ROOT / ".venv/stamp").exists(), reason="not set up by make: no stamp")
def test_a_second_set_up_takes_seconds_and_needs_no_network():
    dead_end = "http://127.0.0.1:9"
    offline = {
        **os.environ,
        "PIP_INDEX_URL": dead_end,
        "npm_config_registry": dead_end,
        "http_proxy": dead_end,
        "https_proxy": dead_end,
    }
    before = (ROOT / ".venv/stamp").stat().st_mtime_ns
    began = worked_s()
    done = subprocess.run(
        ["/bin/sh", ROOT / "scripts/setup.sh", "--for-tests"],
        env=offline,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert worked_s() - began < 10
    assert (ROOT / ".venv/stamp").stat().st_mtime_ns == before


def test_a_missing_package_without_apt_is_a_sentence(bare):
    done = set_up(*bare, "--for-tests")
    assert done.returncode == 2
    assert "Missing: " in done.stderr
    assert "chromium" in done.stderr
    assert "no apt-get" in done.stderr
    assert not (bare[0] / ".venv").exists()


def test_an_old_python_is_a_sentence_that_names_its_version(bare):
    python_that(bare[1], '[ "$1" = -V ] && echo Python 3.9.2; exit 1')
    done = set_up(*bare)
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed and python3 is 3.9.2" in done.stderr


def test_no_python_at_all_is_a_sentence(bare):
    (bare[1] / "python3").unlink()
    done = set_up(*bare)
    assert done.returncode == 2
    assert "python3 is missing" in done.stderr


def test_a_second_set_up_waits_for_the_first(bare):
    checkout, tools = bare
    (tools / "python3").unlink()
    (checkout / "var").mkdir()
    with (checkout / "var/setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen(
            ["/bin/sh", checkout / "scripts/setup.sh"],
            env={"PATH": str(tools)},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert second.stderr.readline().startswith("Another set-up is at work")
        time.sleep(0.3)
        assert second.poll() is None
        fcntl.flock(lock, fcntl.LOCK_UN)
        _, rest = second.communicate(timeout=120)
    assert "python3 is missing" in rest
    assert second.returncode == 2


def test_a_database_of_the_users_own_needs_no_postgresql():
    script = 'cd "$0"; . scripts/setup-system.sh; have_postgis() { return 1; }; missing_things ""'
    asked = ["/bin/sh", "-c", script, ROOT]
    clean = {"PATH": os.environ["PATH"]}
    own = {**clean, "GRIDSVC_DATABASE_URL": "postgresql://u@h/d"}
    missing = subprocess.run(asked, env=clean, capture_output=True, text=True).stdout
    assert "postgis" in missing.split()
    missing = subprocess.run(asked, env=own, capture_output=True, text=True).stdout
    assert "postgis" not in missing.split()


def test_the_build_machine_runs_what_a_person_runs():
    shown = subprocess.run(
        ["make", "-n", "test", "GRIDSVC_HOME=/tmp/a home"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    assert 'GRIDSVC_HOME="/tmp/a home/test"' in shown
    assert (ROOT / ".ci/run").read_text().splitlines()[
        -1
    ] == 'exec make -C "$(dirname "$0")/.." test'
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_make_help_names_every_target():
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True).stdout
    targets = re.findall(r"^([a-z]+):.*  ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(targets) >= 6
    assert all(f"make {target} " in text for target in targets)
