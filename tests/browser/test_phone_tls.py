"""Under the office's own authority a phone gets what plain http denies it."""

from __future__ import annotations

import base64
import hashlib
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from live_service import PASSWORD, serving
from phone import Phone, at_work, choose
from playwright.sync_api import expect, sync_playwright
from sqlalchemy import text
from werkzeug.serving import make_server

from gridsvc.app import create_app
from gridsvc.cli import main
from gridsvc.cli.operations.tls import server_pair

# Flask-Compress reads a static file to its end and leaves closing it to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture
def secured(settings: Any, demo_template: str, tmp_path: Path) -> Iterator[tuple[str, Path, Any]]:
    """The demo behind the certificate that ``gridsvc tls`` makes, under a name of the office."""
    env = {"GRIDSVC_HOME": str(tmp_path)}
    assert CliRunner().invoke(main, ["tls", "office.test"], env=env).exit_code == 0
    own = replace(settings, home=tmp_path, https=True, demo_password=PASSWORD)
    pair = server_pair(own)
    assert pair is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    with serving(settings, demo_template) as (_, engine):
        app = create_app(own, engine)
        server = make_server("127.0.0.1", 0, app, threaded=True, ssl_context=context)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"https://office.test:{server.server_port}", pair[0], engine
        server.shutdown()
        thread.join()
        server.server_close()


def trusting(certificate: Path) -> str:
    """Let a Chromium trust this key, as a phone does that holds the office's authority."""
    pem = subprocess.run(  # noqa: S603
        ["openssl", "x509", "-in", str(certificate), "-pubkey", "-noout"],  # noqa: S607
        capture_output=True,
        check=True,
    ).stdout
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    digest = base64.b64encode(hashlib.sha256(der).digest()).decode()
    return f"--ignore-certificate-errors-spki-list={digest}"


def test_under_the_offices_certificate_the_form_opens_and_reports_without_a_network(
    secured, tmp_path
) -> None:
    address, certificate, engine = secured
    with sync_playwright() as play:
        phone = Phone(play, tmp_path / "profile", address, args=[trusting(certificate)])
        page = at_work(phone)
        assert page.evaluate("window.isSecureContext") is True
        expect(page.locator("#report-insecure")).to_be_hidden()
        phone.context.set_offline(True)
        page.reload()
        phone.stand(106.912895, 27.713322)
        page.locator("#report-here").click()
        expect(page.locator("#report-how")).to_contain_text("±8")
        choose(page, "路面破损")
        page.locator("#report-send").click()
        expect(page.locator("#report-list .report-waiting")).to_have_count(1)
        phone.context.set_offline(False)
        expect(page.locator("#report-list .report-sent")).to_have_count(1)
        phone.close()
        phone.check_silent()
    query = "select grid_code from gridsvc.incident where client_report_id is not null"
    with engine.connect() as connection:
        assert connection.scalars(text(query)).all() == ["520398001003002"]
