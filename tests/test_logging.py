"""The app's logger and its handler: levels, handlers and streams as on Flask."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys

import pytest
from werkzeug.local import LocalProxy

from .side_by_side import EWER, both


@pytest.fixture(autouse=True)
def bare_loggers(monkeypatch):
    """Take away what pytest and other tests have put on the loggers used here."""
    root, own = logging.getLogger(), logging.getLogger("shop")

    def clean():
        own.handlers, own.level, own.propagate = [], logging.NOTSET, True

    monkeypatch.setattr(root, "handlers", [])
    clean()
    yield clean
    clean()


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("level", [logging.NOTSET, logging.WARNING])
@pytest.mark.parametrize("handled", [None, "root", "own"])
def test_the_logger_gets_a_level_and_a_handler_where_it_lacks_them(bare_loggers, debug, level, handled):
    def scenario(fw):
        bare_loggers()
        own = logging.getLogger("shop")
        own.setLevel(level)
        root = logging.getLogger()
        root.handlers = [logging.NullHandler()] if handled == "root" else []
        if handled == "own":
            own.addHandler(logging.NullHandler())
        app = fw.make_app()
        app.debug = debug
        logger = app.logger
        has_default = fw.logging.default_handler in logger.handlers
        return logger is own, logger.level, len(logger.handlers), has_default, fw.logging.has_level_handler(logger)

    both(scenario)


def test_a_handler_counts_if_its_level_and_the_chain_let_records_through(bare_loggers):
    def scenario(fw):
        bare_loggers()
        has = fw.logging.has_level_handler
        child, parent = logging.getLogger("shop.child"), logging.getLogger("shop")
        found = [has(child)]
        handler = logging.NullHandler()
        parent.addHandler(handler)
        found.append(has(child))
        child.propagate = False
        found.append(has(child))
        child.propagate = True
        handler.setLevel(logging.ERROR)
        found.append(has(child))
        child.setLevel(logging.CRITICAL)
        found.append(has(child))
        child.setLevel(logging.NOTSET)
        return found

    both(scenario)


def test_records_go_to_the_error_stream_of_the_request_or_to_stderr(bare_loggers, capsys):
    def scenario(fw):
        bare_loggers()
        app = fw.make_app()
        stream = io.StringIO()
        with app.test_request_context(errors_stream=stream):
            app.logger.error("inside")
        app.logger.error("outside")
        masked = [re.sub(r"\[.*?\]", "[time]", text) for text in (stream.getvalue(), capsys.readouterr().err)]
        return masked, isinstance(fw.logging.default_handler, logging.StreamHandler)

    both(scenario)


def test_an_error_in_a_view_is_logged_to_the_requests_stream(bare_loggers):
    def scenario(fw):
        bare_loggers()
        app = fw.make_app()
        app.add_url_rule("/", "fail", lambda: 1 / 0)
        stream = io.StringIO()
        status = app.test_client().get("/", errors_stream=stream).status
        lines = stream.getvalue().splitlines()
        return status, re.sub(r"\[20.*?\]", "[time]", lines[0]), lines[-1]

    both(scenario)


def test_the_stream_is_a_proxy_to_those_who_ask():
    def scenario(fw):
        stream, buffer = fw.logging.wsgi_errors_stream, io.StringIO()
        assert type(stream) is LocalProxy
        assert fw.logging.wsgi_errors_stream is stream
        assert fw.logging.default_handler.stream is stream
        outside = stream._get_current_object() is sys.stderr
        with fw.make_app().test_request_context(errors_stream=buffer):
            return outside, stream._get_current_object() is buffer

    assert both(scenario) == (True, True)


def test_a_stream_set_on_the_default_handler_stays():
    program = (
        "import io, sys, ewer.logging as l; mine = io.StringIO(); assert 'werkzeug' not in sys.modules;"
        " old = l.default_handler.setStream(mine); old.write('old'); l.wsgi_errors_stream;"
        " assert l.default_handler.stream is mine; assert 'werkzeug' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "old"


def test_the_module_has_no_other_late_names():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        EWER.logging.nothing
