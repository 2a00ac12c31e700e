"""A phone with a browser of its own, that can lose its network and be killed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from live_service import PATIENCE_MS, TYPED_EARLY, sign_in
from PIL import Image
from playwright.sync_api import Page, Playwright, expect

#: The leader's own in the demo.
GRIDS = ["520398001003001", "520398001003002", "520398001003003"]
#: Chromium itself says so where a test takes its network away or makes the service refuse.
EXPECTED = (
    "ERR_INTERNET_DISCONNECTED", "status of 400", "status of 401", "status of 409", TYPED_EARLY,
)  # fmt: skip


class Phone:
    """A persistent profile in a folder, opened, killed and opened again."""

    def __init__(self, play: Playwright, folder: Path, address: str, **how: Any) -> None:
        self.play, self.folder, self.address, self.how = play, folder, address, how
        self.said: list[str] = []
        self.asked: list[str] = []

    def open(self, *, offline: bool = False) -> Page:
        """Start the browser over what the profile holds."""
        host = "MAP office.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        self.context = self.play.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", f"--host-resolver-rules={host}", *self.how.get("args", [])],
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            reduced_motion="reduce",
            permissions=self.how.get("permissions", ["geolocation"]),
            locale=self.how.get("locale", "zh-CN"),
            color_scheme=self.how.get("color_scheme", "light"),
            timezone_id="Asia/Shanghai",
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.set_offline(offline)
        page = self.context.pages[0]
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.address = self.address
        self.page = page
        return page

    def stand(self, lon: float, lat: float, accuracy: float = 8) -> None:
        """Let the phone's position be this."""
        where = {"longitude": lon, "latitude": lat, "accuracy": accuracy}
        self.context.set_geolocation(where)

    def kill(self) -> None:
        """End the browser as a phone without memory does, and wait until it is gone."""
        pid = next(one for one in self._processes() if f"--user-data-dir={self.folder}" in one[1])[
            0
        ]
        os.kill(pid, signal.SIGKILL)
        give_up = time.monotonic() + 60
        while any(str(self.folder) in line for _, line in self._processes()):
            assert time.monotonic() < give_up, "the browser does not end"
            time.sleep(0.1)
        with suppress(Exception):
            self.context.close()
        for lock in self.folder.glob("Singleton*"):
            lock.unlink()

    def close(self) -> None:
        self.context.close()

    def _processes(self) -> list[tuple[int, str]]:
        """Give process id and arguments of the browser, its main process first."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if "chrom" in line and str(self.folder) in line:
                        found.append((int(entry.name), line))
        return sorted(found, key=lambda one: ("--type=" in one[1], one[0]))

    def check_silent(self) -> None:
        """Nothing was said beyond what the test asked for, and no other host was called."""
        said = [one for one in self.said if not any(part in one for part in EXPECTED)]
        assert said == [], said
        own = (self.address, "data:", "blob:")
        assert [one for one in self.asked if not one.startswith(own)] == []


def at_work(phone: Phone, account: str = "leader") -> Page:
    """Open the phone, sign in, and wait until the form and its pass are kept on it."""
    page = phone.open()
    sign_in(page, account)
    page.goto(f"{phone.address}/report")
    page.locator("#report-ready").wait_for()
    wait_until_kept(page, "pass")
    return page


def a_photo(folder: Path, number: int) -> Path:
    """Draw a photo as large as a phone's, with where and by what it was taken."""
    path = folder / f"photo{number}.jpg"
    picture = Image.effect_noise((64, 48), 90 + number).resize((2400, 1800))
    exif = Image.Exif()
    exif[0x010F] = "A phone's maker"
    picture.save(path, exif=exif)
    return path


def wait_until_kept(page: Page, name: str, holds: str = "true") -> None:
    """Wait until the phone's own database has a draft or a pass of which this JavaScript holds."""
    page.wait_for_function(
        f"""() => idb.openDB("gridsvc-report", 1).then(async (store) => {{
          const {name} = await store.get("kept", "{name}");
          store.close();
          return Boolean({name}) && Boolean({holds});
        }})"""
    )


def choose(page: Page, category: str) -> None:
    page.locator("#report-categories label").filter(has_text=category).click()


def report(phone: Phone, place: tuple[float, float], category: str, sentence: str = "") -> None:
    """Stand somewhere, say what it is, and press the button."""
    phone.stand(*place)
    phone.page.locator("#report-here").click()
    expect(phone.page.locator("#report-how")).to_contain_text("±8")
    choose(phone.page, category)
    phone.page.locator("#report-sentence").fill(sentence)
    phone.page.locator("#report-send").click()
    expect(phone.page.locator("#report-said")).to_be_visible()
