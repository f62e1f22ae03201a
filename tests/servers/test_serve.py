"""`ewer serve`: which interface it takes, how it stops, what it restarts, and whose word it takes for the client's address."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .running import HERE, Running, eventually, ewer_serve, free_port, is_gone, read_all, server

pytest.importorskip("granian")

BOTH = pytest.mark.parametrize("interface", ["wsgi", "asgi"])


# --- the application and the interface


def test_an_application_of_plain_views_is_served_over_wsgi() -> None:
    with ewer_serve(target="small_app:create_app()") as running:
        assert running.ask("/").text == "made"
        assert "over WSGI (1 worker process" in running.log()
        assert running.log().count("Serving ") == 1


def test_an_application_with_an_async_view_is_served_over_asgi() -> None:
    with ewer_serve() as running:
        assert "over ASGI" in running.log()
        assert "the view of 'await_it' and 1 more views are async" in running.log()


def test_a_factory_is_called_with_its_arguments() -> None:
    with ewer_serve(target="small_app:create_app('by argument')") as running:
        assert running.ask("/").text == "by argument"


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [("mounted", "/", "Hello"), ("mounted", "/shop/", "Hello"), ("guarded", "/", "guard"), ("greet", "/", "plain")],
)
def test_a_wsgi_callable_is_served_over_wsgi(name: str, path: str, text: str) -> None:
    with ewer_serve(target=f"wsgi_callables:{name}") as running:
        assert running.ask(path).text == text
        assert "over WSGI" in running.log()
        assert "it is a WSGI callable." in running.log()


def test_without_an_argument_the_application_is_found_as_run_finds_it(tmp_path: Path) -> None:
    tmp_path.joinpath("app.py").write_text(
        "import flask\napp = flask.Flask(__name__)\n@app.get('/')\ndef index(): return flask.__name__ + flask.__spec__.name\n"
    )
    with server("-m", "ewer", "serve", "--port", "{port}", folder=tmp_path) as running:
        assert running.ask("/").text == "ewerewer"


def test_the_port_comes_from_the_environment() -> None:
    port = free_port()
    with server("-m", "ewer", "serve", "small_app:app", port=port, PORT=str(port)) as running:
        assert running.ask("/").text == "Hello"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no_such_module:app"], "Could not import 'tests.servers.no_such_module'"),
        (["small_app:application"], "Failed to find attribute 'application' in 'tests.servers.small_app'"),
        (["small_app:app", "--cert", "small_app.py"], "'--cert' and '--key' go together"),
        (["small_app:app", "--forwarded-allow-ips", "10.0.0.300"], "'10.0.0.300' is no IP address and no network"),
        (["wsgi_callables:create_app"], "missing a required argument: 'env'"),
        (["wsgi_callables:asgi"], "missing a required argument: 'scope'"),
        (["wsgi_callables:guarded", "--interface", "asgi", "--port", "0"], "is a WSGI callable.\n  Fix: leave out"),
        (["wsgi_callables:guarded", "--static"], "'--static' needs a Flask application"),
        (["wsgi_callables:mounted", "--interface", "asgi", "--port", "0"], "is a WSGI callable.\n  Fix: leave out"),
        (["wsgi_callables:mounted", "--forwarded-allow-ips", "*"], "or add '--interface wsgi' if the proxy drops"),
    ],
)
def test_a_mistake_is_reported_before_anything_listens(arguments: list[str], message: str) -> None:
    done = run_serve(*arguments)

    assert done.returncode != 0
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_application_that_fails_to_load_ends_the_server_whatever_the_interface() -> None:
    done = run_serve("no_such_module:app", "--interface", "wsgi", "--port", str(free_port()))

    assert done.returncode == 1
    assert done.stderr.count("Could not import 'tests.servers.no_such_module'") == 1


def test_without_granian_the_error_names_what_to_install() -> None:
    hide = "import sys; sys.modules['granian'] = None; sys.argv = ['ewer', 'serve', 'small_app:app']"
    done = subprocess.run(
        [sys.executable, "-c", hide + "\nfrom ewer.commands import main; main()"],
        cwd=HERE, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1
    assert 'pip install "ewer[server]"' in done.stderr
    assert "Traceback" not in done.stderr


def run_serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ewer", "serve", *arguments]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=60)


# --- what a request looks like


def test_the_environ_holds_no_environment_variables_and_says_that_input_ends() -> None:
    with ewer_serve("--interface", "wsgi", "--server-software", "gunicorn/23", SECRET_OF_THE_MACHINE="1") as running:
        environ = running.ask("/environ").json()["environ"]

        assert "SECRET_OF_THE_MACHINE" not in environ
        assert environ["wsgi.input_terminated"] is True
        assert environ["SERVER_SOFTWARE"] == "gunicorn/23"
        assert environ["REMOTE_ADDR"] == "127.0.0.1"


# --- many clients


@BOTH
def test_two_hundred_clients_that_wait_are_served_at_the_same_time(interface: str) -> None:
    with ewer_serve("--interface", interface) as running:
        with ThreadPoolExecutor(200) as clients:
            answers = [answer.text for answer in clients.map(running.ask, ["/wait"] * 400)]

        assert answers == ["waited"] * 400


# --- stopping


@BOTH
def test_sigterm_lets_running_requests_finish(interface: str) -> None:
    with ewer_serve("--interface", interface) as running:
        with running.begin("/slow") as connection:
            eventually(lambda: "slow began" in running.log(), "the request is running")
            status = running.stop()

            assert read_all(connection).endswith(b"slow but done")
            assert status == 0


@BOTH
def test_sigterm_ends_event_streams_at_once(interface: str) -> None:
    with ewer_serve("--interface", interface, "--graceful-timeout", "60") as running:
        with running.begin("/events") as connection:
            assert connection.recv(65536)
            began = time.monotonic()
            running.stop()

        assert time.monotonic() - began < 30


@BOTH
def test_the_stop_is_bounded(interface: str) -> None:
    with ewer_serve("--interface", interface, "--graceful-timeout", "1") as running:
        with running.begin("/stuck"):
            eventually(lambda: "stuck began" in running.log(), "the request is running")
            began = time.monotonic()
            running.stop()

        assert time.monotonic() - began < 30


@BOTH
def test_a_worker_that_is_still_importing_its_application_is_ended_at_once(interface: str, tmp_path: Path) -> None:
    (tmp_path / "slow_import.py").write_text("""
import multiprocessing
import time

print("importing in", multiprocessing.current_process().name, flush=True)
time.sleep(2)
from ewer import Flask

app = Flask(__name__)
""")
    port = free_port()
    arguments = ("serve", "slow_import:app", "--interface", interface, "--graceful-timeout", "60", "--port", str(port))
    with subprocess.Popen(
        [sys.executable, "-um", "ewer", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any(line == "importing in granian-worker\n" for line in process.stdout)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)

        assert process.wait(60) == 0
        assert time.monotonic() - began < 20


def test_a_server_that_is_killed_leaves_no_worker() -> None:
    with ewer_serve("--interface", "wsgi", "--workers", "2") as running:
        eventually(lambda: len(running.workers()) == 2, "both workers run")
        running.stop(signal.SIGKILL)


@BOTH
def test_a_slow_download_is_finished_and_then_nothing_is_waited_for(interface: str) -> None:
    with ewer_serve("--interface", interface, "--graceful-timeout", "60") as running:
        with running.begin("/large") as connection:
            received = len(connection.recv(65536))
            running.process.send_signal(signal.SIGTERM)
            time.sleep(3)  # longer than an idle worker is given
            received += len(read_all(connection))
        began = time.monotonic()

        assert running.process.wait(60) == 0
        assert time.monotonic() - began < 20
        assert received > 40_000_000


@BOTH
def test_signals_that_come_again_lose_no_request(interface: str) -> None:
    with ewer_serve("--interface", interface, "--graceful-timeout", "30") as running:
        with running.begin("/slow") as connection:
            eventually(lambda: "slow began" in running.log(), "the request is running")
            (worker,) = running.workers()
            running.process.send_signal(signal.SIGTERM)
            for _ in range(3):
                time.sleep(0.1)
                running.process.send_signal(signal.SIGTERM)
                os.kill(worker, signal.SIGINT)  # as each Ctrl-C of a terminal does
            assert read_all(connection).endswith(b"slow but done")
        assert running.process.wait(60) == 0


def test_ctrl_c_a_second_time_ends_running_requests_and_says_so() -> None:
    with ewer_serve("--interface", "wsgi", "--graceful-timeout", "60") as running:
        with running.begin("/stuck"):
            eventually(lambda: "stuck began" in running.log(), "the request is running")
            began = time.monotonic()
            running.process.send_signal(signal.SIGINT)
            eventually(lambda: "Ctrl-C ends them at once" in running.log(), "the wait is announced")
            running.stop(signal.SIGINT)

        assert time.monotonic() - began < 30
        assert "Worker 1 was ended with requests that it was still serving." in running.log()


@BOTH
def test_a_stream_that_the_stop_ends_is_closed(interface: str, tmp_path: Path) -> None:
    tmp_path.joinpath("endless.py").write_text(
        "import time, ewer\n"
        "app = ewer.Flask(__name__)\n"
        "@app.get('/')\n"
        "def view():\n"
        "    def chunks():\n"
        "        try:\n"
        "            while True:\n"
        "                time.sleep(0.05)\n"
        "                yield 'x'\n"
        "        finally:\n"
        "            print('the stream is closed', flush=True)\n"
        "    return chunks()\n"
    )
    with ewer_serve("--interface", interface, target="endless:app", folder=tmp_path) as running:
        with running.begin("/") as connection:
            assert connection.recv(65536)
            running.stop()

        assert "the stream is closed" in running.log()


# --- restarts


@BOTH
def test_a_worker_that_dies_is_replaced(interface: str) -> None:
    with ewer_serve("--interface", interface) as running:
        (worker,) = running.workers()
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: is_gone(worker), "the worker died")
        eventually(lambda: answers(running), "a new worker answers")

        assert running.ask("/state").json()["pid"] != worker
        running.stop()


def test_a_worker_is_replaced_after_its_number_of_requests_and_none_is_lost() -> None:
    with ewer_serve("--interface", "wsgi", "--max-requests", "20") as running:
        first = running.ask("/state").json()["pid"]

        def served_by() -> int:
            answer = running.ask("/state")
            assert answer.status == 200
            return answer.json()["pid"]

        eventually(lambda: served_by() != first, "a new worker serves")
        eventually(lambda: is_gone(first), "the old worker ended")
        running.stop()


def test_a_successor_is_replaced_after_its_number_of_requests_too() -> None:
    with ewer_serve("--interface", "wsgi", "--max-requests", "5") as running:
        seen: set[int] = set()
        eventually(lambda: seen.add(running.ask("/state").json()["pid"]) or len(seen) == 3, "two successors served")
        running.stop()


def test_while_a_replaced_worker_still_serves_the_server_looks_after_everything_else() -> None:
    with ewer_serve("--interface", "wsgi", "--max-requests", "2", "--graceful-timeout", "60") as running:
        first = running.ask("/state").json()["pid"]
        with running.begin("/stuck"):
            eventually(lambda: "stuck began" in running.log(), "the request is running")
            eventually(lambda: running.ask("/state").json()["pid"] != first, "the successor serves")
            eventually(lambda: len(running.workers()) == 2, "both are there")
            (successor,) = {*running.workers()} - {first}
            began = time.monotonic()
            os.kill(successor, signal.SIGKILL)
            eventually(lambda: is_gone(successor), "the successor died")
            eventually(lambda: answers(running), "another one serves")

            assert time.monotonic() - began < 20
            assert not is_gone(first)


def test_a_replaced_worker_that_does_not_end_is_ended_and_the_server_goes_on() -> None:
    with ewer_serve("--interface", "wsgi", "--max-requests", "2", "--graceful-timeout", "1") as running:
        first = running.ask("/state").json()["pid"]
        with running.begin("/stuck"):
            eventually(lambda: "stuck began" in running.log(), "the request is running")
            eventually(lambda: running.ask("/state").json()["pid"] != first, "the successor serves")
            eventually(lambda: is_gone(first), "the old worker ended")

        eventually(lambda: answers(running), "the successor, or its own, serves")
        assert running.stop() == 0


@BOTH
def test_a_worker_that_has_grown_beyond_its_memory_is_replaced(interface: str, tmp_path: Path) -> None:
    (tmp_path / "growing.py").write_text("""
import os

from ewer import Flask

app = Flask(__name__)
kept = []


@app.get("/pid")
def pid():
    return str(os.getpid())


@app.get("/grow")
def grow():
    kept.append(b"x" * 300_000_000)
    return "grown"
""")
    options = ("--interface", interface, "--max-memory", "256")
    with ewer_serve(*options, target="growing:app", folder=tmp_path) as running:
        first = int(running.ask("/pid").text)
        assert running.ask("/grow").text == "grown"

        eventually(lambda: answers(running, "/pid") and running.ask("/pid").text != str(first), "a new worker serves")
        eventually(lambda: is_gone(first), "the old worker ended")
        running.stop()


def test_a_change_to_the_code_restarts_the_workers(tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    module = tmp_path / "changing.py"
    source = "from ewer import Flask\napp = Flask(__name__)\n@app.get('/')\ndef index(): return {!r}\n"
    module.write_text(source.format("old"))
    with ewer_serve("--reload", target="changing:app", folder=tmp_path) as running:
        assert running.ask("/").text == "old"
        module.write_text("this is no Python")
        eventually(lambda: "SyntaxError" in running.log(), "the broken module is reported")
        module.write_text(source.format("new"))
        eventually(lambda: answers(running) and running.ask("/").text == "new", "the new code serves")
        running.stop()


def test_with_reload_workers_are_restarted_and_replaced_as_without() -> None:
    pytest.importorskip("watchfiles")
    with ewer_serve("--reload", "--interface", "wsgi", "--max-requests", "5") as running:
        (first,) = running.workers()
        os.kill(first, signal.SIGKILL)
        eventually(lambda: is_gone(first), "the worker died")
        eventually(lambda: answers(running), "a new worker answers")
        second = running.ask("/state").json()["pid"]
        eventually(lambda: running.ask("/state").json()["pid"] != second, "it has a successor")

        assert running.stop() == 0
        assert "Worker 1 ended unexpectedly (SIGKILL); a new one starts at once." in running.log()


def answers(running: Running, path: str = "/") -> bool:
    try:
        return running.ask(path).status == 200
    except (OSError, http.client.HTTPException):
        return False


# --- logs


@BOTH
def test_the_access_log_is_one_line_that_a_client_cannot_break(interface: str) -> None:
    with ewer_serve("--interface", interface, "--access-log", "common") as running:
        running.ask("/echo/a%0D%0Ab%22c?q=1")
        eventually(lambda: "/echo" in running.log(), "the request is logged")
        (line,) = [line for line in running.log().splitlines() if "/echo" in line]

        assert re.fullmatch(r'127\.0\.0\.1 - - \[[^]]+\] "GET /echo/a\\r\\nb\\"c\?q=1 HTTP/1\.1" 404 \d+', line)


@BOTH
def test_the_access_log_is_json_on_request(interface: str) -> None:
    with ewer_serve("--interface", interface, "--access-log", "json") as running:
        running.ask("/stream", User_Agent='test "1"')
        eventually(lambda: "/stream" in running.log(), "the request is logged")
        (line,) = [line for line in running.log().splitlines() if "/stream" in line]
        entry = json.loads(line)

        assert (entry["method"], entry["target"], entry["status"], entry["bytes"]) == ("GET", "/stream", 200, 6)
        assert entry["user_agent"] == 'test "1"'


# --- proxies


FORWARDED = {
    "X_Forwarded_For": "6.6.6.6, 1.2.3.4",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "shop.example",
    "X_Forwarded_Prefix": "/shop/",
}


@BOTH
def test_forwarded_headers_count_only_from_trusted_peers(interface: str) -> None:
    with ewer_serve("--interface", interface) as running:
        assert running.ask("/peer", **FORWARDED).json()["client"] == "127.0.0.1"
    with ewer_serve("--interface", interface, "--forwarded-allow-ips", "10.0.0.0/8") as running:
        assert running.ask("/peer", **FORWARDED).json()["client"] == "127.0.0.1"
    with ewer_serve("--interface", interface, "--forwarded-allow-ips", "127.0.0.1") as running:
        assert running.ask("/peer", **FORWARDED).json() == {
            "client": "1.2.3.4",
            "url": "https://shop.example/shop/peer",
            "root": "/shop",
        }


def test_trusting_proxies_takes_asgi_where_underscores_do_not_pass_for_hyphens() -> None:
    with ewer_serve("--forwarded-allow-ips", "127.0.0.1", target="small_app:create_app()") as running:
        assert "over ASGI" in running.log()
    with ewer_serve("--forwarded-allow-ips", "127.0.0.1") as running:
        headers = b"X-Forwarded-For: 1.2.3.4\r\nX_Forwarded_For: 6.6.6.6\r\nConnection: close\r\n"
        received = running.raw(b"GET /peer HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % headers)

        assert b'"client":"1.2.3.4"' in received


# --- sockets, TLS, HTTP/2, static files


def test_a_unix_socket_is_served_and_removed(tmp_path: Path) -> None:
    uds = tmp_path / "ewer.sock"
    arguments = ("-m", "ewer", "serve", "small_app:app", "--uds", str(uds), "--forwarded-allow-ips", "unix")
    for interface in ("wsgi", "asgi"):
        with server(*arguments, "--interface", interface, uds=uds) as running:
            assert running.ask("/").text == "Hello"
            assert running.ask("/peer", **FORWARDED).json()["client"] == "1.2.3.4"
            running.stop()

        assert not uds.exists()


def test_a_socket_is_for_everybody_unless_told_otherwise(tmp_path: Path) -> None:
    uds = tmp_path / "ewer.sock"
    for more, permissions in ((), 0o666), (("--uds-permissions", "660"), 0o660):
        with server("-m", "ewer", "serve", "small_app:app", "--uds", str(uds), *more, uds=uds) as running:
            assert uds.stat().st_mode & 0o777 == permissions
            running.stop()


def test_a_socket_that_a_killed_server_has_left_is_replaced_and_one_in_use_is_not(tmp_path: Path) -> None:
    uds = tmp_path / "ewer.sock"
    arguments = ("-m", "ewer", "serve", "small_app:app", "--uds", str(uds))
    with server(*arguments, uds=uds) as running:
        running.stop(signal.SIGKILL)
    assert uds.is_socket()  # and none of its processes is left

    with server(*arguments, uds=uds) as running:
        refused = run_serve("small_app:app", "--uds", str(uds))
        assert f"'{uds}' is in use by another server" in refused.stderr
        assert running.ask("/").text == "Hello"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "192.0.2.1"], "'192.0.2.1' is no address of this machine."),
        (["--host", "no.such.host.invalid"], "'no.such.host.invalid' is no address of this machine"),
        (["--port", "80000"], "80000 is not in the range"),
        (["--uds", "/no/such/folder/x.sock"], "there is no folder '/no/such/folder'"),
        (["--uds", "x" * 120], "is too long for a socket: 1"),
        (["--uds", "small_app.py"], "'small_app.py' exists and is no socket."),
        (["--uds-permissions", "888"], "'888' are no permissions"),
        (["--cert", "small_app.py", "--key", "small_app.py"], "are no certificate with its private key"),
    ],
)
def test_an_address_that_cannot_be_had_is_refused_in_a_sentence(arguments: list[str], message: str) -> None:
    done = run_serve("small_app:app", *arguments)

    assert done.returncode == (2 if "80000" in arguments or "888" in arguments else 1)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "Serving" not in done.stderr


def test_a_port_in_use_is_refused_in_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run_serve("small_app:app", "--port", str(other.getsockname()[1]))

    assert done.returncode == 1
    assert "is in use by another program.\n  Fix: end it, or choose another port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_syntax_error_is_shown_where_it_is_and_nothing_else(tmp_path: Path) -> None:
    tmp_path.joinpath("broken.py").write_text("x = (\n")
    done = run_serve(f"{tmp_path}/broken.py:app")

    assert done.returncode == 1
    assert done.stderr.splitlines()[0].endswith('broken.py", line 1')
    assert "SyntaxError: '(' was never closed" in done.stderr


def test_only_source_templates_and_settings_restart_the_workers() -> None:
    from ewer._serve_granian import source_filter

    matters = source_filter()()
    changed = (
        "app.py",
        "templates/page.html",
        "config.toml",
        "server.log",
        "data.db",
        "__pycache__/app.cpython-311.pyc",
        "upload.bin",
    )
    assert [name for name in changed if matters(1, f"/srv/{name}")] == ["app.py", "templates/page.html", "config.toml"]


def test_tls_is_spoken(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    with ewer_serve("--interface", "wsgi", "--cert", str(cert), "--key", str(key)) as running:
        context = ssl.create_default_context(cafile=cert)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(running.connect(), server_hostname="localhost") as connection:
            assert connection.selected_alpn_protocol() == "h2"
        context.set_alpn_protocols(["http/1.1"])
        with context.wrap_socket(running.connect(), server_hostname="localhost") as connection:
            connection.sendall(b"GET /peer HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert b'"url":"https://localhost/peer"' in read_all(connection)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    x509 = pytest.importorskip("cryptography.x509")
    import datetime

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1)
        .not_valid_before(now - datetime.timedelta(1))
        .not_valid_after(now + datetime.timedelta(1))
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    cert = builder.sign(key, hashes.SHA256())
    folder.joinpath("cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    folder.joinpath("key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@BOTH
@pytest.mark.parametrize("http_versions", ["2", "auto"])
def test_http_2_is_spoken(interface: str, http_versions: str) -> None:
    httpx = pytest.importorskip("httpx")
    pytest.importorskip("h2")
    with ewer_serve("--interface", interface, "--http", http_versions) as running:
        with httpx.Client(http1=False, http2=True, base_url=f"http://127.0.0.1:{running.port}") as client:
            hello = client.get("/")
            sent = client.post("/upload", content=b"x" * 100_000)

        assert (hello.http_version, hello.status_code) == ("HTTP/2", 200)
        assert (sent.http_version, sent.status_code, sent.json()) == ("HTTP/2", 200, {"bytes": 100_000})


def test_static_files_are_sent_by_the_server_on_request(tmp_path: Path) -> None:
    tmp_path.joinpath("static").mkdir()
    tmp_path.joinpath("static", "style.css").write_text("body {}")
    tmp_path.joinpath("styled.py").write_text("from ewer import Flask\napp = Flask(__name__)\n")
    with ewer_serve(target="styled:app", folder=tmp_path) as running:
        assert "ETag" in running.ask("/static/style.css").headers
    with ewer_serve("--static", target="styled:app", folder=tmp_path) as running:
        answer = running.ask("/static/style.css")

        assert (answer.status, answer.text, answer.headers["Content-Type"]) == (200, "body {}", "text/css")
        assert "ETag" not in answer.headers
        assert running.ask("/static/none.css").status == 404
        assert running.ask("/static/../styled.py").status == 404


# --- app.run()


def test_serve_app_serves_an_application_of_this_process(tmp_path: Path) -> None:
    tmp_path.joinpath("script.py").write_text(
        "import sys\nfrom ewer import Flask\nfrom ewer.serve import serve_app\napp = Flask(__name__)\n"
        "@app.get('/')\ndef index(): return 'from a script'\n"
        "if __name__ == '__main__': serve_app(app, '127.0.0.1', int(sys.argv[1]))\n"
    )
    with server("script.py", "{port}", folder=tmp_path) as running:
        assert running.ask("/").text == "from a script"
        assert running.stop() == 0
