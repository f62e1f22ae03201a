"""The reloader of `ewer run`: sees a change within milliseconds, and has the next process waiting, its imports done.

Werkzeug's reloader looks at files once a second and starts an interpreter after the change; here watchfiles tells of the
change, if it is installed, and the interpreter was started before it. What counts as a change stays Werkzeug's: its own
look once a second goes on beside. Knows nothing of applications.
"""

from __future__ import annotations

import atexit
import importlib
import os
import subprocess
import sys
import threading
import time
import typing as t

from werkzeug import _reloader
from werkzeug._internal import _log
from werkzeug._reloader import StatReloaderLoop

from ._cli_discovery import program_name

STANDBY = "EWER_STANDBY"
"""Names the pipe on which a process that was started ahead waits for its turn."""
_AHEAD = ("werkzeug.serving", "werkzeug.debug", "werkzeug.debug.tbtools", "werkzeug.routing", "werkzeug.wrappers", "jinja2",
          "itsdangerous", "importlib.metadata", "msgspec.json", "blinker", "uuid", "sqlite3")  # fmt: skip
"""What nearly every application imports. Nothing of Ewer: what its modules are called depends on what is imported first."""
_STANDBY_AFTER_S = 0.7
"""The next process is started when this one has had time to start itself."""
_DEBOUNCE_MS = 50
_STEP_MS = 20


def use_quick_reloader() -> None:
    """Make Werkzeug's `auto` reloader the one of this module."""
    _reloader.reloader_loops["auto"] = QuickReloader


class QuickReloader(StatReloaderLoop):
    """Werkzeug's reloader that polls, told of changes at once where watchfiles is installed."""

    name = "stat"

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            self._watch: t.Any = importlib.import_module("watchfiles").watch
            self.name = "watchfiles"
        except ImportError:
            self._watch = None

    def run(self) -> None:
        """Watch until there is a change, which ends the process with status 3."""
        if self._watch is None:
            super().run()
            return
        try:
            self._run_watching()
        except (OSError, RuntimeError):
            # Too many folders for the system's limit, or one that vanished: looking once a second always works.
            super().run()

    def _run_watching(self) -> None:
        options: dict[str, t.Any] = {"debounce": _DEBOUNCE_MS, "step": _STEP_MS, "watch_filter": self._concerns_us}
        waits_ms = int(self.interval * 1000)
        for changes in self._watch(
            *_folders(), rust_timeout=waits_ms, yield_on_timeout=True, raise_interrupt=True, **options
        ):
            for _, path in changes:
                self.trigger_reload(path)
            self.run_step()

    def trigger_reload(self, filename: str) -> t.NoReturn:
        """End the process with status 3, its exit functions run, without the time that taking an interpreter apart takes."""
        self.log_reload(filename)
        try:
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(3)

    def _concerns_us(self, change: t.Any, path: str) -> bool:
        if path in self.extra_files:
            return True
        if not path.endswith((".py", ".pyc")) or "__pycache__" in path:
            return False
        paths = {path}
        _reloader._remove_by_pattern(paths, self.exclude_patterns)
        return bool(paths) and path in self._watched_files(path)

    def _watched_files(self, path: str) -> t.Collection[str]:
        """Return the files that Werkzeug looks at, and `path` if it is one that it would look at from now on."""
        if path in self.mtimes:
            return [path]
        return set(_reloader._find_stat_paths(self.extra_files, self.exclude_patterns))

    def restart_with_reloader(self) -> int:
        """Run the server in a process that is replaced after each change; return the status of the one that ended otherwise."""
        if os.name != "posix" or program_name() != "ewer" or not _starts_at_main():
            return super().restart_with_reloader()
        ahead: list[Standby] = []
        while True:
            _log("info", f" * Restarting with {self.name}")
            current = ahead.pop() if ahead else Standby()
            current.go()
            timer = threading.Timer(_STANDBY_AFTER_S, lambda: ahead.append(Standby()))
            timer.daemon = True
            timer.start()
            status = current.wait()
            timer.cancel()
            if status != 3:
                for standby in ahead:
                    standby.dismiss()
                return status


def _starts_at_main() -> bool:
    """Tell whether a process with our arguments begins in `ewer.commands.main()`, where it waits for its turn."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return (spec is not None and spec.name == "ewer.__main__") or os.path.basename(sys.argv[0]) == "ewer"


def _folders() -> list[str]:
    """Return the folders of the application: those on the path outside the interpreter and its packages."""
    prefixes = tuple({sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix})
    found = {os.path.abspath(path or os.getcwd()) for path in (*sys.path, os.getcwd())}
    return sorted(path for path in found if os.path.isdir(path) and not path.startswith(prefixes))


class Standby:
    """A process that has been started ahead, in the parent's eyes."""

    def __init__(self) -> None:
        waiting, self._bell = os.pipe()
        os.set_inheritable(waiting, True)
        environment = {**os.environ, "WERKZEUG_RUN_MAIN": "true", STANDBY: str(waiting)}
        try:
            # NOTE: the listening socket is inherited too, hence close_fds.
            self._process = subprocess.Popen(_reloader._get_args_for_reloading(), env=environment, close_fds=False)
        finally:
            os.close(waiting)

    def go(self) -> None:
        """Let it serve."""
        os.write(self._bell, b"!")

    def wait(self) -> int:
        """Return its exit status when it ends."""
        try:
            return self._process.wait()
        except BaseException:
            self._process.terminate()
            raise
        finally:
            os.close(self._bell)

    def dismiss(self) -> None:
        """End it; without its parent's end of the pipe it has nothing to wait for."""
        os.close(self._bell)
        self._process.wait()


def wait_for_turn() -> None:
    """In a process that was started ahead: import what takes time, then wait; ends the process if it is not needed."""
    waiting = int(os.environ.pop(STANDBY))
    began = time.time()
    try:
        for name in _AHEAD:
            importlib.import_module(name)
        is_needed = bool(os.read(waiting, 1))
    except KeyboardInterrupt:
        is_needed = False
    if not is_needed:
        os._exit(0)
    os.close(waiting)
    if _has_changed_since(began):
        os.execv(sys.executable, sys.orig_argv)


def _has_changed_since(moment: float) -> bool:
    """Tell whether a module that is loaded already has been written to."""
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        try:
            if path and os.stat(path).st_mtime > moment:
                return True
        except OSError:
            continue
    return False
