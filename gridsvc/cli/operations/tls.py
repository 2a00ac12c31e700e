"""``gridsvc tls``: a certificate of the office's own, so that phones may use GPS and go offline."""

from __future__ import annotations

import ipaddress
import re
import subprocess
from pathlib import Path

import click

from gridsvc.cli import output
from gridsvc.errors import BadInput, NotReady
from gridsvc.settings import Settings

#: The authority lasts as long as a phone is used; Apple refuses servers' certificates of its
#: users' own authorities after 825 days, so a year and a month.
AUTHORITY_DAYS, SERVER_DAYS = 3650, 397

_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9-]{1,63})*")


def server_pair(settings: Settings) -> tuple[Path, Path] | None:
    """Return the certificate and the key to serve with, or ``None`` for plain http.

    A proxy in front has its own.
    """
    folder = settings.home / "tls"
    pair = folder / "server.crt", folder / "server.key"
    wanted = settings.https and settings.proxies == 0
    return pair if wanted and all(one.is_file() for one in pair) else None


@click.command()
@click.argument("names", nargs=-1, required=True)
@output.with_settings
def tls(settings: Settings, names: tuple[str, ...]) -> None:
    """Make a certificate for the NAMES and addresses under which phones reach this service.

    The office's authority is made at the first call and kept: phones are told of it once. Call
    again with all names when one is added, and within a year.
    """
    subjects = [subject(name) for name in names]
    folder = settings.home / "tls"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = not (folder / "office-ca.crt").exists()
    if made:
        make_authority(folder)
    make_server(folder, subjects)
    authority = folder / "office-ca.crt"
    print_of = _openssl(folder, "x509", "-in", authority.name, "-noout", "-fingerprint", "-sha256")
    fingerprint = print_of.partition("=")[2].strip()
    output.answer(
        f"Certificate for {', '.join(names)}, {SERVER_DAYS} days. "
        f"Install {authority} on the phones once; its SHA-256 is {fingerprint}. "
        "Then start the service anew with GRIDSVC_HTTPS=on.",
        {"authority": str(authority), "made_authority": made, "sha256": fingerprint},
    )


def subject(name: str) -> str:
    """Write a host name or an address as a certificate's alternative name.

    Raises
    ------
    BadInput
        It is neither.

    Examples
    --------
    >>> subject("grid.office.lan"), subject("192.168.1.20")
    ('DNS:grid.office.lan', 'IP:192.168.1.20')
    """
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        pass
    if not _HOST.fullmatch(name.lower()):
        raise BadInput(
            f"{name!r} is no host name and no address: write grid.office.lan or 192.168.1.20, "
            "without https:// and port.",
            [name],
        )
    return f"DNS:{name.lower()}"


def make_authority(folder: Path) -> None:
    """Make the authority's key and certificate: it may sign servers, and no further authority."""
    _key(folder, "office-ca.key")
    _openssl(
        folder, "req", "-x509", "-new", "-sha256", "-key", "office-ca.key", "-days",
        str(AUTHORITY_DAYS), "-subj", "/CN=gridsvc office CA", "-out", "office-ca.crt",
        "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip


def make_server(folder: Path, subjects: list[str]) -> None:
    """Make the server's key and certificate, signed by the authority; the pair changes at once."""
    _key(folder, "server.key.new")
    extensions = folder / "server.ext"
    extensions.write_text(
        "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
        "extendedKeyUsage=serverAuth\nsubjectAltName=" + ",".join(subjects) + "\n",
        encoding="ascii",
    )
    _openssl(
        folder, "req", "-new", "-sha256", "-key", "server.key.new", "-subj", "/CN=gridsvc",
        "-out", "server.csr",
    )  # fmt: skip
    _openssl(
        folder, "x509", "-req", "-sha256", "-in", "server.csr", "-CA", "office-ca.crt", "-CAkey",
        "office-ca.key", "-CAcreateserial", "-days", str(SERVER_DAYS), "-extfile", "server.ext",
        "-out", "server.crt.new",
    )  # fmt: skip
    for name in ("server.key", "server.crt"):
        (folder / f"{name}.new").replace(folder / name)
    for name in ("server.csr", "server.ext"):
        (folder / name).unlink()


def _key(folder: Path, name: str) -> None:
    """Make an elliptic key that its owner alone can read, from the first byte on."""
    (folder / name).touch(mode=0o600)
    _openssl(folder, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", name)


def _openssl(folder: Path, *arguments: str) -> str:
    command = ["openssl", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - no shell; names were checked
            command, cwd=folder, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as error:
        raise NotReady("The command openssl is missing: apt-get install openssl.") from error
    except subprocess.CalledProcessError as error:
        raise NotReady(f"openssl could not do it: {error.stderr.strip()[-300:]}") from error
    return done.stdout
