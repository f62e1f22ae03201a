"""`ewer serve`: the production server, which is Granian with Ewer's settings, threads and supervision.

It finds the application as `ewer run` does, but imports it in the worker processes only. One short-lived process looks
at it first: where every view is a plain function WSGI is fastest, where one is `async def` it takes ASGI. What Granian
does is in `ewer._serve_granian`; how a WSGI request is called, in `ewer._serve_wsgi`.

NOTE: what is handed to a worker is defined here and not in a private module: it is pickled by name, and under
`ewer.as_flask` the name of this module alone stays `ewer.serve`.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import logging
import multiprocessing
import os
import random
import sys
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

import click

from ._serve_asgi import asgi_callback
from ._serve_binding import check_binding, check_certificate
from ._serve_facts import Facts, find_wsgi_callable, is_ours, look_at
from ._serve_log import FORMATS, AccessLog
from ._serve_proxy import TrustedPeers, trust_proxies_wsgi
from ._serve_threads import MOST_THREADS
from .cli import NoAppException, ScriptInfo, pass_script_info
from .interfaces.workers import most_threads

if t.TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from .app import Flask

logger = logging.getLogger("ewer.serve")

_INSTALL = '\n  Fix: pip install "ewer[server]"'
_MEMORY_CHECK_S = 5
"""How often workers are looked at whose memory is bounded."""
_BACKLOG = 4096
"""Connections that wait to be accepted; the kernel may allow fewer (`net.core.somaxconn`)."""
_IDLE_S = 10
"""How long a thread without requests lives."""
_MOST_CONNECTIONS = 16384
"""Open connections of one worker, idle ones included."""


@dataclass(frozen=True)
class Plan:
    """What a worker process has to know.

    Attributes:
        target: import path of the application; None to search as `ewer run` does.
        as_flask: whether `import flask` finds Ewer.
        interface: `wsgi` or `asgi`.
        threads: the most worker threads of the process.
        graceful_timeout_s: from the signal to stop to the end of the process.
        server_software: what `SERVER_SOFTWARE` says.
        access_log: `common`, `json`, or None.
        forwarded_allow_ips: the proxies to trust; empty for none.
        max_requests: after how many requests the process is replaced; 0 for never.
    """

    target: str | None
    as_flask: bool
    interface: str = "wsgi"
    threads: int = MOST_THREADS
    graceful_timeout_s: int = 30
    server_software: str = "Granian"
    access_log: str | None = None
    forwarded_allow_ips: str = ""
    max_requests: int = 0


@dataclass(frozen=True)
class Listen:
    """Where the server listens and what it speaks there."""

    host: str = "127.0.0.1"
    port: int = 8000
    uds: Path | None = None
    uds_permissions: int = 0o666
    cert: Path | None = None
    key: Path | None = None
    http: str = "auto"

    def __str__(self) -> str:
        if self.uds is not None:
            return f"unix:{self.uds}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.cert else 'http'}://{host}:{self.port}"


# --- in a worker process


def load_application(target: str | None, *, as_flask: bool) -> t.Any:
    """Import the application the way every `ewer` command does, or the WSGI callable that is named in its place.

    Raises:
        NoAppException: it cannot be found or loaded.
    """
    if as_flask:
        importlib.import_module("ewer.as_flask")
    try:
        return ScriptInfo(app_import_path=target).load_app()
    except NoAppException:
        app = find_wsgi_callable(target)
        if app is None:
            raise
        return app


def _print_error(error: Exception) -> None:
    """Print what the application has raised while it was imported; a syntax error names its place itself."""
    shown = error.with_traceback(None) if isinstance(error, SyntaxError) else error
    sys.excepthook(type(shown), shown, shown.__traceback__)


def _check_interface(plan: Plan, app: t.Any) -> None:
    if plan.interface == "asgi" and not is_ours(app):
        raise click.UsageError(f"{plan.target!r} is a WSGI callable.\n  Fix: leave out '--interface asgi'.")


def load_worker(plan: Plan, notices: Connection | None, made: Flask | None = None) -> t.Any:
    """Prepare this process and return what Granian calls; ends the process if the application cannot be loaded."""
    from ._serve_granian import (
        CANNOT_START,
        RequestLimit,
        end_at_signals,
        end_with_parent,
        serve_wsgi_ourselves,
        tell_when_stopping,
    )
    from ._serve_stopping import Stopping
    from ._serve_wsgi import WsgiCallback

    end_at_signals()
    end_with_parent(plan.graceful_timeout_s)
    try:
        app = made if made is not None else load_application(plan.target, as_flask=plan.as_flask)
        _check_interface(plan, app)
    except click.ClickException as error:
        error.show()
        sys.exit(CANNOT_START)
    except Exception as error:
        _print_error(error)
        sys.exit(CANNOT_START)

    stopping = Stopping(plan.graceful_timeout_s)
    tell_when_stopping(stopping)
    access_log = AccessLog(plan.access_log) if plan.access_log else None
    limit = None
    if plan.max_requests and notices is not None:
        # Not all workers at the same moment.
        limit = RequestLimit(plan.max_requests + random.randrange(plan.max_requests // 10 + 1), notices)
    count = limit.count if limit is not None else None
    trusted = TrustedPeers(plan.forwarded_allow_ips) if plan.forwarded_allow_ips else None
    if plan.interface == "asgi":
        return asgi_callback(app.asgi, stopping, trusted=trusted, access_log=access_log, after_request=count)

    def make(_: t.Any) -> WsgiCallback:
        callback = WsgiCallback(
            app if trusted is None else trust_proxies_wsgi(app, trusted),
            most_threads=plan.threads,
            stopping=stopping,
            server_software=plan.server_software,
            access_log=access_log,
            after_request=count,
        )
        stopping.has_served = callback.has_served
        return callback

    serve_wsgi_ourselves(make)
    return app


# --- in the main process


def _report_facts(sender: Connection, target: str | None, as_flask: bool) -> None:
    """Send what there is to know about the application; runs in a process of its own, which then ends."""
    try:
        sender.send(look_at(load_application(target, as_flask=as_flask)))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except Exception as error:
        _print_error(error)
        sys.exit(1)


def find_facts(target: str | None, *, as_flask: bool) -> Facts:
    """Look at the application in a process that ends afterwards, so that this one stays small and may reload.

    Raises:
        SystemExit: it cannot be loaded; the reason has been printed.
    """
    method = multiprocessing.get_start_method()
    context: t.Any = multiprocessing.get_context(method if method in ("fork", "spawn") else "spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_report_facts, args=(sender, target, as_flask))
    process.start()
    sender.close()
    try:
        return t.cast("Facts", receiver.recv())
    except EOFError:
        process.join()
        raise SystemExit(process.exitcode or 1) from None
    finally:
        receiver.close()
        process.join()


def _require_granian() -> None:
    if importlib.util.find_spec("granian") is None:
        raise click.ClickException("'ewer serve' needs the server Granian, which is not installed." + _INSTALL)


def serve(
    plan: Plan,
    listen: Listen,
    *,
    workers: int = 1,
    reload: bool = False,
    max_memory_mib: int | None = None,
    static: tuple[str, str, int] | None = None,
    made: Flask | None = None,
) -> None:
    """Run the server until it is told to stop.

    Args:
        plan: what each worker does.
        listen: where.
        workers: the number of worker processes.
        reload: restart the workers after a change to a file below the working directory.
        max_memory_mib: replace a worker that has grown beyond it.
        static: URL prefix, folder and cache time in seconds of files that the server sends itself.
        made: the application, if it exists in this process only.

    Raises:
        SystemExit: a worker could not load the application.
    """
    constants = importlib.import_module("granian.constants")
    log_levels = importlib.import_module("granian.log").LogLevels

    from ._serve_granian import Supervisor, source_filter

    receiver, sender = multiprocessing.Pipe(duplex=False) if plan.max_requests else (None, None)
    supervisor = Supervisor(
        notices=receiver,
        forks=made is not None,
        target=plan.target or "the application",
        address=listen.host,
        port=listen.port,
        uds=listen.uds,
        uds_permissions=listen.uds_permissions,
        interface=constants.Interfaces(plan.interface),
        workers=workers,
        blocking_threads=plan.threads if plan.interface == "wsgi" else 1,
        blocking_threads_idle_timeout=_IDLE_S,
        http=constants.HTTPModes(listen.http),
        backlog=_BACKLOG,
        backpressure=_MOST_CONNECTIONS,
        log_level=log_levels.error,
        ssl_cert=listen.cert,
        ssl_key=listen.key,
        ssl_protocol_min=constants.SSLProtocols.tls12,
        workers_max_rss=max_memory_mib,
        rss_sample_interval=_MEMORY_CHECK_S,
        workers_kill_timeout=plan.graceful_timeout_s,
        respawn_failed_workers=True,
        reload=reload,
        reload_filter=source_filter() if reload else None,
        reload_ignore_worker_failure=False,
        static_path_route=[static[0]] if static else None,
        static_path_mount=[Path(static[1])] if static else None,
        static_path_expires=static[2] if static else 0,
    )
    supervisor.serve(target_loader=functools.partial(load_worker, plan, sender, made), wrap_loader=False)
    if supervisor.failed_to_start:
        raise SystemExit(1)


def can_serve() -> bool:
    """Tell whether `serve_app()` works here: Granian is installed and processes can be forked."""
    return sys.platform not in ("win32", "darwin") and importlib.util.find_spec("granian") is not None


def serve_app(app: Flask, host: str | None = None, port: int | None = None) -> None:
    """Serve an application that exists in this process, as `app.run()` without debug mode does; returns when stopped.

    Args:
        app: the application.
        host: address to listen on, by default 127.0.0.1.
        port: port to listen on, by default 5000.

    Raises:
        RuntimeError: `can_serve()` is False.
        SystemExit: the address cannot be had; the reason has been printed.
        ValueError: the environment variable EWER_THREADS is no number from 1 up.
    """
    if not can_serve():
        raise RuntimeError("This needs Granian, on a platform that forks processes." + _INSTALL)
    facts = look_at(app)
    interface, reason = facts.choose_interface(behind_proxies=False)
    plan = Plan(app.import_name, as_flask=False, interface=interface, threads=most_threads())
    listen = Listen(host or "127.0.0.1", 5000 if port is None else port)
    try:
        check_binding(listen.host, listen.port, None)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from None
    _say(plan, listen, 1, reason)
    serve(plan, listen, made=app)


def _say(plan: Plan, listen: Listen, workers: int, reason: str) -> None:
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    number = "1 worker process" if workers == 1 else f"{workers} worker processes"
    logger.info(
        "Serving %s at %s over %s (%s, up to %d threads each): %s.",
        plan.target or "the application",
        listen,
        plan.interface.upper(),
        number,
        plan.threads,
        reason,
    )


# --- the command


def _check_proxies(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        TrustedPeers(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    return value


def _read_permissions(ctx: click.Context, param: click.Parameter, value: str) -> int:
    try:
        permissions = int(value, 8)
    except ValueError:
        permissions = -1
    if not 0 <= permissions <= 0o777:
        raise click.BadParameter(
            f"{value!r} are no permissions: three digits from 0 to 7, for example 660.", ctx, param
        )
    return permissions


_FILE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)


@click.command("serve", short_help="Run the production server.")
@click.argument("application", required=False, metavar="[MODULE:APP]")
@click.option("--host", "-h", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    "-p",
    type=click.IntRange(0, 65535),
    default=8000,
    envvar="PORT",
    show_default=True,
    show_envvar=True,
    help="Port to listen on.",
)
@click.option("--uds", type=click.Path(path_type=Path), help="Unix socket to listen on instead of host and port.")
@click.option(
    "--uds-permissions",
    callback=_read_permissions,
    default="666",
    show_default=True,
    help="Who may use that socket, in octal.",
)
@click.option("--interface", type=click.Choice(("auto", "wsgi", "asgi")), default="auto", show_default=True,
              help="'auto' takes WSGI when every view is a plain function.")  # fmt: skip
@click.option("--workers", "-w", type=click.IntRange(1), default=1, envvar="WEB_CONCURRENCY", show_default=True,
              show_envvar=True, help="Worker processes.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1), envvar="EWER_THREADS", show_envvar=True, default=MOST_THREADS,
              show_default=True, help="The most threads of a worker; there are as many as requests wait.")  # fmt: skip
@click.option("--cert", type=_FILE, help="Certificate for HTTPS, a PEM file.")
@click.option("--key", type=_FILE, help="Private key of the certificate, a PKCS#8 PEM file.")
@click.option("--http", type=click.Choice(("auto", "1", "2")), default="auto", show_default=True, help="HTTP version.")
@click.option("--access-log", type=click.Choice(FORMATS), help="Print one line for each answer.")
@click.option("--reload", is_flag=True, help="Restart the workers after a change to a file below this directory.")
@click.option("--graceful-timeout", type=click.IntRange(1, 1800), default=30, show_default=True,
              help="Seconds that running requests get to finish when the server stops.")  # fmt: skip
@click.option("--max-requests", type=click.IntRange(0), default=0, help="Replace a worker after so many requests.")
@click.option("--max-memory", type=click.IntRange(1), help="Replace a worker that uses more memory, in MiB.")
@click.option("--forwarded-allow-ips", default="", envvar="FORWARDED_ALLOW_IPS", show_envvar=True,
              callback=_check_proxies, help="Proxies whose X-Forwarded headers count: addresses, networks, 'unix', '*'.")  # fmt: skip
@click.option("--static", is_flag=True, help="Let the server itself send the application's static files.")
@click.option("--server-software", default="Granian", help="The value of SERVER_SOFTWARE in the WSGI environ.")
@pass_script_info
def serve_command(info: ScriptInfo, /, application: str | None, **options: t.Any) -> None:
    """Serve the application to the public.

    The application is the one that MODULE:APP names, else the one that
    'ewer run' would find. Plain views run in threads, 'async def' views
    on an event loop.
    """
    _require_granian()
    if bool(options["cert"]) != bool(options["key"]):
        raise click.UsageError("'--cert' and '--key' go together.\n  Fix: give both files.")
    if options["reload"] and importlib.util.find_spec("watchfiles") is None:
        raise click.UsageError("'--reload' needs the package watchfiles.\n  Fix: pip install watchfiles")
    target = application or info.app_import_path
    plan = Plan(
        target,
        as_flask="ewer.as_flask" in sys.modules,
        interface=options["interface"],
        threads=options["threads"],
        graceful_timeout_s=options["graceful_timeout"],
        server_software=options["server_software"],
        access_log=options["access_log"],
        forwarded_allow_ips=options["forwarded_allow_ips"],
        max_requests=options["max_requests"],
    )
    # The worker threads beside an event loop are bounded by the same number.
    os.environ["EWER_THREADS"] = str(plan.threads)
    listen = Listen(*(options[name] for name in ("host", "port", "uds", "uds_permissions", "cert", "key", "http")))
    check_binding(listen.host, listen.port, listen.uds)
    if listen.cert is not None and listen.key is not None:
        check_certificate(listen.cert, listen.key)
    reason, facts = "--interface says so", None
    if plan.interface == "auto" or options["static"]:
        facts = find_facts(target, as_flask=plan.as_flask)
        if options["static"] and not facts.is_ours:
            raise click.UsageError(
                "'--static' needs a Flask application, whose static folder it is; this is a WSGI callable."
            )
    if plan.interface == "auto":
        interface, reason = t.cast(Facts, facts).choose_interface(behind_proxies=bool(plan.forwarded_allow_ips))
        plan = replace(plan, interface=interface)
    _say(plan, listen, options["workers"], reason)
    serve(
        plan,
        listen,
        workers=options["workers"],
        reload=options["reload"],
        max_memory_mib=options["max_memory"],
        static=facts.static if facts is not None and options["static"] else None,
    )
