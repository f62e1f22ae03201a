"""Whether `ewer serve` will be able to listen where it is told to, found out before anything is announced or started."""

from __future__ import annotations

import errno
import os
import socket
import ssl
import stat
import sys
import typing as t

import click

if t.TYPE_CHECKING:
    from pathlib import Path

_PROBE_S = 1.0
_LONGEST_PATH_BYTES = 103 if sys.platform == "darwin" else 107
"""Of a Unix socket. Source: `sun_path` in unix(7)."""


def check_binding(host: str, port: int, uds: Path | None) -> None:
    """Try the address, and take away a Unix socket that a server left which ended without notice.

    Raises:
        click.ClickException: it is taken, or cannot be had; the message says what to do.
    """
    if uds is not None:
        _check_socket_file(uds)
    else:
        _check_address(host, port)


def check_certificate(cert: Path, key: Path) -> None:
    """Try the two files of HTTPS.

    Raises:
        click.ClickException: they are no PEM files, or do not belong together.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except (ssl.SSLError, OSError) as error:
        raise click.ClickException(
            f"'{cert}' and '{key}' are no certificate with its private key: {error}.\n  Fix: give two PEM files, the key without a password."
        ) from None


def _check_address(host: str, port: int) -> None:
    if not 0 <= port <= 65535:
        raise click.ClickException(f"{port} is no port. A port is a number from 0 to 65535.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise click.ClickException(f"'{host}' is no address of this machine: {error.strerror or error}.") from None
    family, kind, protocol, _, address = found[0]
    with socket.socket(family, kind, protocol) as probe:
        if os.name == "posix":  # elsewhere it would share the port with who has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise click.ClickException(_why_not(error, host, port)) from None


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program.\n  Fix: end it, or choose another port with '--port'."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"'{host}' is no address of this machine.\n  Fix: '--host 0.0.0.0' for all of its addresses."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} may not be used by this user.\n  Fix: choose one from 1024 up with '--port'."
    return f"Cannot listen on {host}, port {port}: {error.strerror or error}."


def _check_socket_file(path: Path) -> None:
    if len(os.fsencode(path)) > _LONGEST_PATH_BYTES:
        raise click.ClickException(
            f"'{path}' is too long for a socket: {_LONGEST_PATH_BYTES} bytes at most.\n  Fix: choose another path with '--uds'."
        )
    if not path.parent.is_dir():
        raise click.ClickException(f"'{path}' cannot be made: there is no folder '{path.parent}'.")
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise click.ClickException(f"'{path}' exists and is no socket.\n  Fix: choose another path with '--uds'.")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()  # nobody listens: a server that was killed has left it
            return
        except OSError as error:
            raise click.ClickException(f"'{path}' exists and cannot be used: {error.strerror or error}.") from None
    raise click.ClickException(
        f"'{path}' is in use by another server.\n  Fix: end it, or choose another path with '--uds'."
    )
