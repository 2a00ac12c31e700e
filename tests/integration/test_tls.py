"""The office's own certificate: trusted by who knows the office's authority, by nobody else."""

from __future__ import annotations

import http.server
import socket
import ssl
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from gridsvc.cli import main
from gridsvc.cli.operations.tls import server_pair
from gridsvc.settings import Settings, from_environment


def make(home: Path, *names: str) -> str:
    done = CliRunner().invoke(main, ["tls", *names], env={"GRIDSVC_HOME": str(home)})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    settings = from_environment({"GRIDSVC_HOME": str(tmp_path), "GRIDSVC_HTTPS": "on"})
    make(tmp_path, "office.test", "127.0.0.1")
    return settings


def shake_hands(settings: Settings, trusted: ssl.SSLContext, name: str) -> str | None:
    """Serve one handshake and answer the TLS version that came about."""
    pair = server_pair(settings)
    assert pair is not None
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(*pair)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = serving.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    try:
        with (
            socket.create_connection(("127.0.0.1", server.server_port), 60) as plain,
            trusted.wrap_socket(plain, server_hostname=name) as secure,
        ):
            return secure.version()
    finally:
        thread.join(60)
        server.server_close()


def test_who_knows_the_authority_trusts_every_name_of_the_server(own) -> None:
    trusted = ssl.create_default_context(cafile=own.home / "tls/office-ca.crt")
    assert shake_hands(own, trusted, "office.test") == "TLSv1.3"
    assert shake_hands(own, trusted, "127.0.0.1") == "TLSv1.3"


def test_another_name_or_no_authority_is_refused(own) -> None:
    trusted = ssl.create_default_context(cafile=own.home / "tls/office-ca.crt")
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(own, trusted, "elsewhere.test")
    with pytest.raises(ssl.SSLCertVerificationError, match="issuer"):
        shake_hands(own, ssl.create_default_context(), "office.test")


def test_the_authority_stays_and_keys_are_the_owners_alone(own) -> None:
    folder = own.home / "tls"
    before = (folder / "office-ca.crt").read_bytes(), (folder / "server.crt").read_bytes()
    make(own.home, "office.test", "192.168.1.20")
    assert (folder / "office-ca.crt").read_bytes() == before[0]
    assert (folder / "server.crt").read_bytes() != before[1]
    for key in folder.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_plain_http_and_a_proxy_in_front_use_no_certificate(own) -> None:
    assert server_pair(own) is not None
    assert server_pair(replace(own, https=False)) is None
    assert server_pair(replace(own, proxies=1)) is None


def test_an_address_with_a_scheme_is_refused_in_one_sentence(tmp_path) -> None:
    env = {"GRIDSVC_HOME": str(tmp_path)}
    done = CliRunner().invoke(main, ["tls", "https://office.test"], env=env)
    assert done.exit_code == 2
    assert "without https://" in done.output
