"""Granian as Ewer runs it: the supervisor of the worker processes, and what is different inside one of them.

This is the only module that knows Granian's inner names. Each is looked up with care: where a release of Granian has
moved one, its own behaviour stays and a line in the log says what is missing.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import signal
import threading
import time
import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from ._serve_stopping import Stopping
    from ._serve_wsgi import WsgiCallback

logger = logging.getLogger("ewer.serve")

_Server: t.Any = importlib.import_module("granian.server").Server

CANNOT_START = 3
"""Exit status of a worker whose application could not be loaded; the reason has been printed."""
_SOURCES = (".py", ".html", ".jinja", ".jinja2", ".j2", ".toml", ".ini", ".cfg", ".yaml", ".yml", ".env")
"""How the names of files end whose change means another application."""
_STABLE_S = 10.0
"""A worker that has lived so long was no failure to start."""
_LONGEST_PAUSE_S = 30.0
_RESTART_OVERLAP_S = 3.5
"""How long a worker's successor has to come up before the old one is told to go."""
_PATIENCE_S = 1.0
"""How long a stop takes before anything is said about it."""
_LOOK_S = 0.05
_SIGNAL_EVERY_S = 0.5
"""How often a worker that has to stop, or has lost its supervisor, is told again."""
_ORPHAN_MARGIN_S = 2.0
"""What a worker without a supervisor has beyond its graceful timeout."""


@dataclass
class _Leaving:
    """A worker whose successor has been started.

    Args:
        worker: Granian's.
        go_s: when it is told to stop, by `time.monotonic()`.
        end_s: when it is ended if it has not.
        is_told: whether it has been told.
    """

    worker: t.Any
    go_s: float
    end_s: float
    is_told: bool = False


class Supervisor(_Server):  # type: ignore[misc]  # known at run time only: Granian is an extra
    """Granian's main process, which restarts workers that die however often, and those that ask for it.

    It never waits for a worker except when all have to stop: who leaves is looked after beside everything else.

    Args:
        notices: where workers write their process id when they have served enough.
        forks: whether workers must be forked, because their application exists in this process only.
        **settings: Granian's own.
    """

    def __init__(self, *, notices: Connection | None, forks: bool = False, **settings: t.Any) -> None:
        super().__init__(**settings)
        self._notices = notices
        self._forks = forks
        self._due: set[int] = set()
        self._restart_at: dict[int, float] = {}
        self._failures: dict[int, int] = {}
        self._started_s = time.monotonic()
        self._to_replace: dict[int, None] = {}
        """The workers that are to be replaced, in that order."""
        self._replace_at = 0.0
        self._leaving: list[_Leaving] = []
        self._has_changed = False
        self.rss_signal = False
        self.failed_to_start = False
        """Whether the first worker could not load its application."""
        self._is_in_a_hurry = False

    def startup(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Start as Granian does, and listen to the workers."""
        super().startup(*args, **kwargs)
        if self._notices is not None:
            threading.Thread(target=self._read_notices, name="ewer-notices", daemon=True).start()

    def _spawn_worker(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        if not self._forks:
            return super()._spawn_worker(*args, **kwargs)
        method = multiprocessing.get_start_method()
        multiprocessing.set_start_method("fork", force=True)
        try:
            return super()._spawn_worker(*args, **kwargs)
        finally:
            multiprocessing.set_start_method(method, force=True)

    def _read_notices(self) -> None:
        while True:
            try:
                pid = t.cast("Connection", self._notices).recv()
            except (EOFError, OSError):
                return
            self._due.add(pid)
            self.main_loop_interrupt.set()

    def _serve_with_reloader(self, spawn_target: t.Any, target_loader: t.Any) -> None:
        """Serve as ever, and start all workers anew after a change to a source."""
        self.startup(spawn_target, target_loader)
        threading.Thread(target=self._watch_sources, name="ewer-reload", daemon=True).start()
        self._serve_loop(spawn_target, target_loader)
        self.shutdown()

    def _watch_sources(self) -> None:
        watchfiles = importlib.import_module("watchfiles")
        try:
            for _ in watchfiles.watch(*self.reload_paths, watch_filter=self.reload_filter(), step=self.reload_tick):
                self._has_changed = True
                self.main_loop_interrupt.set()
        except (OSError, RuntimeError) as error:  # more folders than the system lets one process watch, say
            logger.error("Changes are no longer noticed: %s. Restart the server after a change.", error)

    def signal_handler_interrupt(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Stop; at once when Ctrl-C is pressed again."""
        self._is_in_a_hurry = self.interrupt_signal and args[:1] == (signal.SIGINT,)
        for worker in self.wrks:
            worker.interrupt_by_parent = True  # Ctrl-C reaches the workers too, whose end is no accident then
        super().signal_handler_interrupt(*args, **kwargs)

    def _stop_workers(self) -> None:
        """Let the workers finish what they are serving, within the graceful timeout."""
        everyone = [*self.wrks, *(leaving.worker for leaving in self._leaving)]
        for worker in everyone:
            worker.interrupt_by_parent = True
        begun_s = tell_s = time.monotonic()
        announce_s, end_s = begun_s + _PATIENCE_S, begun_s + self.workers_kill_timeout
        while (alive := [worker for worker in everyone if worker.is_alive()]) and not self._is_in_a_hurry:
            now = time.monotonic()
            if now >= end_s:
                break
            if now >= tell_s:
                # NOTE: once is not enough: a worker that has just been started does not listen yet.
                tell_s = now + _SIGNAL_EVERY_S
                for worker in alive:
                    worker.terminate()
            if now >= announce_s:
                announce_s = end_s
                logger.info("Running requests have %.0f s to finish; Ctrl-C ends them at once.", end_s - now)
            alive[0].join(_LOOK_S)
        for worker in alive:
            _end(worker)
        for worker in everyone:
            worker.join()
        self.wrks.clear()
        self._leaving.clear()

    def _serve_loop(self, spawn_target: t.Any, target_loader: t.Any) -> None:
        """Wait for what happens, until it is the signal to stop."""
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait(self._pause_s())
            self.main_loop_interrupt.clear()
            if self.interrupt_signal:
                break
            if self._has_changed:
                self._start_anew(spawn_target, target_loader)
            self._plan_restarts()
            if self.failed_to_start:
                break
            for idx in [idx for idx, when in self._restart_at.items() if when <= time.monotonic()]:
                self._replace(idx, spawn_target, target_loader)
            if self.reload_signal:
                self._reload(spawn_target, target_loader)
            if self.rss_signal:
                self.rss_signal = False
                self._handle_rss_signal(spawn_target, target_loader)
                self._watch_workers_rss()
            self._note_served()
            if self._to_replace and time.monotonic() >= self._replace_at:
                self._replace_at = time.monotonic() + _RESTART_OVERLAP_S
                self._replace(next(iter(self._to_replace)), spawn_target, target_loader)
            self._let_go()
        # NOTE: Granian reads this as the exit status; workers that died meanwhile have been replaced.
        self.interrupt_children[:] = [0] if self.failed_to_start else []

    def _pause_s(self) -> float | None:
        """Return how long there is nothing to do unless something happens; None for ever."""
        times = list(self._restart_at.values())
        times += [leaving.end_s if leaving.is_told else leaving.go_s for leaving in self._leaving]
        if self._to_replace:
            times.append(self._replace_at)
        return max(min(times) - time.monotonic(), 0.0) if times else None

    def _start_anew(self, spawn_target: t.Any, target_loader: t.Any) -> None:
        """Replace all workers after a change: the old ones must not serve any longer."""
        self._has_changed = False
        self._stop_workers()
        if self.interrupt_signal:
            return
        self._restart_at.clear()
        self._failures.clear()
        self._to_replace.clear()
        self.interrupt_children[:] = []
        self._spawn_workers(spawn_target, target_loader)

    def _plan_restarts(self) -> None:
        """Give each worker that died a time to be started again: at once, or later the more often it died young."""
        dead = set()
        while self.interrupt_children:
            dead.add(self.interrupt_children.pop())
        now = time.monotonic()
        for idx in dead:
            worker = self.wrks[idx]
            if worker.is_alive():  # the successor of the one that died
                continue
            lived_s = now - worker.birth
            status = getattr(worker.inner, "exitcode", None)
            if status == CANNOT_START and self.reload_on_changes:
                continue  # until there is another source to load
            if status == CANNOT_START and now - self._started_s < _STABLE_S:
                self.failed_to_start = True
                return
            failures = 0 if lived_s >= _STABLE_S else self._failures.get(idx, 0)
            self._failures[idx] = failures + 1
            pause_s = min(2.0 ** (failures - 1), _LONGEST_PAUSE_S) if failures else 0.0
            self._restart_at[idx] = now + pause_s
            when = f"in {pause_s:.0f} s" if pause_s else "at once"
            logger.warning("Worker %d ended unexpectedly (%s); a new one starts %s.", idx + 1, _reason(status), when)

    def _note_served(self) -> None:
        due = set()
        while self._due:
            due.add(self._due.pop())
        for idx, worker in enumerate(self.wrks):
            if worker._id() in due:
                logger.info("Worker %d has served its number of requests and is replaced.", idx + 1)
                self._to_replace[idx] = None

    def _respawn_workers(
        self, workers: list[int], spawn_target: t.Any, target_loader: t.Any, delay: float = 0.0
    ) -> None:
        """Have workers replaced, one after another: Granian's way to do what SIGHUP or a memory limit asks for."""
        for idx in workers:
            logger.info("Worker %d is replaced, as its memory limit or SIGHUP asks for.", idx + 1)
            self._to_replace[idx] = None

    def _replace(self, idx: int, spawn_target: t.Any, target_loader: t.Any) -> None:
        """Start the successor of a worker, which goes when that has had time to come up."""
        self._restart_at.pop(idx, None)
        self._to_replace.pop(idx, None)
        old, new = self.wrks[idx], self._spawn_worker(idx=idx, target=spawn_target, callback_loader=target_loader)
        try:
            new.start()
        except OSError as error:
            logger.error("No successor for worker %d could be started: %s.", idx + 1, error.strerror or error)
            self._restart_at[idx] = time.monotonic() + _STABLE_S
            return
        self.wrks[idx] = new
        if old.is_alive():
            old.interrupt_by_parent = True  # its end is expected from now on
            go_s = time.monotonic() + _RESTART_OVERLAP_S
            self._leaving.append(_Leaving(old, go_s, go_s + self.workers_kill_timeout))

    def _let_go(self) -> None:
        """Tell workers that have a successor to stop, and end those that have not done so in time."""
        now = time.monotonic()
        for leaving in [*self._leaving]:
            if not leaving.worker.is_alive():
                self._leaving.remove(leaving)
            elif leaving.is_told and now >= leaving.end_s:
                _end(leaving.worker)
                self._leaving.remove(leaving)
            elif not leaving.is_told and now >= leaving.go_s:
                leaving.is_told = True
                leaving.worker.terminate()


def _end(worker: t.Any) -> None:
    """End a worker that did not stop in time, and say so."""
    logger.warning("Worker %d was ended with requests that it was still serving.", worker.idx + 1)
    worker.kill()


def _reason(status: int | None) -> str:
    if status is None or status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def source_filter() -> t.Any:
    """Return the class that tells watchfiles which changes matter: not those that a log, a database or an upload makes."""
    watchfiles = importlib.import_module("watchfiles")

    class SourceFilter(watchfiles.DefaultFilter):  # type: ignore[misc,name-defined]  # known at run time only
        def __call__(self, change: t.Any, path: str) -> bool:
            return path.endswith(_SOURCES) and super().__call__(change, path)

    return SourceFilter


# --- inside a worker


def serve_wsgi_ourselves(make: Callable[[t.Any], WsgiCallback]) -> bool:
    """Let Granian call what `make(app)` returns for each request; False if it cannot be told to."""
    for name in ("granian.server.mp", "granian.server.mt"):
        module = importlib.import_module(name)
        if not hasattr(module, "_wsgi_call_wrap"):
            logger.warning("This release of Granian calls WSGI applications in its own way: its own threads serve.")
            return False

        def wrap(app: t.Any, scope_opts: t.Any, access_log_fmt: t.Any = None) -> Callable[..., None]:
            return make(app).serve

        module._wsgi_call_wrap = wrap  # type: ignore[attr-defined]  # replaced on purpose
    return True


def tell_when_stopping(stopping: Stopping) -> None:
    """Let `stopping` know of the signal that ends this worker, before Granian acts on it."""
    signals = importlib.import_module("granian._signals")
    set_sync, set_loop = getattr(signals, "set_sync_signals", None), getattr(signals, "set_loop_signals", None)
    if set_sync is None or set_loop is None:
        logger.warning("This release of Granian does not tell when it stops: streams are cut off at the time limit.")
        return

    def begin(event: t.Any) -> None:
        # NOTE: Ctrl-C in a terminal reaches the workers as often as it is pressed; a second time ends Granian's in the middle of a request.
        # Where there has been none, a later time makes good for a first one that came before Granian listened.
        if not stopping.has_begun:
            stopping.begin()
            event.set()
        elif stopping.is_overdue():
            event.set()

    def set_sync_signals() -> t.Any:
        event = set_sync()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: begin(event))
        return event

    def set_loop_signals(loop: t.Any) -> t.Any:
        event = set_loop(loop)
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, begin, event)
            except NotImplementedError:
                signal.signal(number, lambda *_: begin(event))
        return event

    signals.set_sync_signals = set_sync_signals  # type: ignore[attr-defined]  # replaced on purpose
    signals.set_loop_signals = set_loop_signals  # type: ignore[attr-defined]  # replaced on purpose


def end_at_signals() -> None:
    """End this worker at the first signal, until it begins to serve: a forked one has the handlers of its supervisor, which do nothing here."""
    if multiprocessing.parent_process() is None:  # Granian has started a thread in its place
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def end_with_parent(graceful_timeout_s: float) -> None:
    """End this worker when its supervisor is gone, however that ended: with grace, and after that time without."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        last_s = time.monotonic() + graceful_timeout_s + _ORPHAN_MARGIN_S
        while time.monotonic() < last_s:
            # NOTE: once is not enough: until Granian has set its handlers, a forked worker has those of its supervisor,
            # which do nothing here.
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(_SIGNAL_EVERY_S)
        os._exit(1)

    threading.Thread(target=wait, name="ewer-parent", daemon=True).start()


class RequestLimit:
    """Asks the supervisor for a successor once this process has served its number of requests.

    Args:
        most: the number of requests, from 1 up.
        notices: where the process id goes.
    """

    def __init__(self, most: int, notices: Connection) -> None:
        self._left = most
        self._notices = notices

    def count(self) -> None:
        """Count one request."""
        self._left -= 1
        if self._left == 0:
            self._notices.send(os.getpid())
