"""`import ewer.as_flask` answers to the import system as an installed Flask does: each question is put to both, in fresh processes."""

from __future__ import annotations

import functools
import json
import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import werkzeug

import ewer

START = {"flask": "", "ewer": "import ewer.as_flask\n"}
APP = """
def reply():
    app = flask.Flask("shop")
    app.secret_key = "key"

    @app.route("/<name>")
    def hello(name):
        flask.session["name"] = name
        return flask.render_template_string("{{ name }} {{ url_for('hello', name=name) }} {{ request.path }}", name=name)

    answer = app.test_client().get("/ada")
    return answer.status, answer.text, "session=" in answer.headers["Set-Cookie"]
"""
OURS = str(Path(ewer.__file__).parent)


@functools.cache
def run(code: str, *, start: str) -> Any:
    program = f"import json, sys\n{START[start]}import flask\n{APP}\n{code}\nprint(json.dumps(answer))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def same(code: str) -> Any:
    """Return what a program answers on Ewer, having held it against what it answers on Flask."""
    mine, theirs = run(code, start="ewer"), run(code, start="flask")
    assert mine == theirs
    return mine


MODULES = (
    "app blueprints cli config ctx debughelpers helpers json json.provider json.tag logging sansio sansio.app sansio.blueprints"
    " sansio.scaffold sessions signals templating testing typing views wrappers"
).split()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_is_reloaded_keeps_its_name_and_the_application_works(module):
    same(f"""
import importlib
reply()
before = importlib.import_module("flask.{module}")
after = importlib.reload(before)
answer = [after is before, after is sys.modules["flask.{module}"], after.__name__, after.__spec__.name, reply()]
""")


def test_a_module_that_has_both_names_is_reloaded_under_both():
    assert run(
        """
import importlib, ewer.json.tag, flask.json.tag
old = flask.json.tag.TagUUID
new = importlib.reload(ewer.json.tag).TagUUID
answer = [new is old, new is flask.json.tag.TagUUID, ewer.json.tag is flask.json.tag, ewer.json.tag.__spec__.name]
""",
        start="ewer",
    ) == [False, True, True, "flask.json.tag"]


def test_a_module_that_was_loaded_by_its_own_name_is_reloaded_by_either():
    program = """
import sys, ewer.json.tag, ewer.as_flask
import importlib, flask.json.tag
module = flask.json.tag
print([importlib.reload(module) is module, importlib.reload(flask.json) is flask.json, module is ewer.json.tag, module.__spec__.name])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "[True, True, True, 'ewer.json.tag']\n", done.stderr


def test_reloading_the_package_undoes_what_stood_in_place_of_a_name():
    answer = same("""
import importlib
original, flask.url_for = flask.url_for, None
answer = [importlib.reload(flask) is flask, flask.url_for is original, reply()]
""")
    assert answer[:2] == [True, True]


@pytest.mark.parametrize("before", ["", "import flask.views, flask.testing, flask.cli; reply()"])
def test_an_application_works_after_every_module_of_flask_was_taken_out_of_sys_modules(before):
    same(f"""
{before}
for name in [name for name in sys.modules if name.partition(".")[0] == "flask"]:
    del sys.modules[name]
import flask, flask.views, flask.globals
answer = [reply(), issubclass(flask.views.MethodView, flask.views.View), flask.request is flask.globals.request]
""")


def test_flask_taken_out_of_sys_modules_is_ewer_when_it_is_imported_again():
    assert run(
        """
import ewer
del sys.modules["flask"]
import flask
from flask.app import Flask
answer = [flask is ewer, flask.Flask is Flask, flask.__spec__.name, reply()[0]]
""",
        start="ewer",
    ) == [True, True, "ewer", "200 OK"]


@pytest.mark.parametrize("module", [name for name in MODULES if name != "sansio"])
def test_a_module_taken_out_of_sys_modules_and_imported_again_is_the_one_that_the_others_use(module):
    assert run(
        f"""
import importlib
old = importlib.import_module("flask.{module}")
del sys.modules["flask.{module}"]
answer = [importlib.import_module("flask.{module}") is old, importlib.import_module("ewer.{module}") is old, reply()[0]]
""",
        start="ewer",
    ) == [True, True, "200 OK"]


def test_a_module_that_is_made_impossible_to_import_stays_so():
    same("""
sys.modules["flask.views"] = None
try:
    import flask.views
    answer = "imported"
except ImportError as error:
    answer = str(error)
""")


@pytest.mark.parametrize("module", [name for name in MODULES if name not in ("debughelpers", "testing", "views")])
def test_a_module_that_comes_along_with_flask_is_an_attribute(module):
    assert same(f"answer = flask.{module}.__name__") == f"flask.{module}"


def test_specs_tell_where_the_modules_are():
    same("""
import importlib.util, os
base = os.path.dirname(flask.__file__)
answer = []
for name in "app cli json json.tag sansio.app views testing nothing".split():
    spec = importlib.util.find_spec(f"flask.{name}")
    answer.append(spec and [
        os.path.relpath(spec.origin, base), spec.has_location,
        [os.path.relpath(path, base) for path in spec.submodule_search_locations or ()],
    ])
""")


def test_a_spec_is_found_for_a_module_before_it_is_imported_by_that_name():
    origin, has_location = run(
        """
import importlib.util
spec = importlib.util.find_spec("ewer.views")
answer = [spec.origin, spec.has_location]
""",
        start="ewer",
    )
    assert (origin, has_location) == (f"{OURS}/views.py", True)


def test_the_files_of_the_package_are_found_as_resources_and_as_modules():
    same("""
import importlib.resources, pkgutil
known = "app cli json json.provider json.tag testing views wrappers __main__".split()
answer = [
    importlib.resources.files("flask").joinpath("py.typed").is_file(),
    importlib.resources.files("flask.json").joinpath("tag.py").is_file(),
    sorted([found.name, found.ispkg] for found in pkgutil.iter_modules(flask.__path__) if found.name in known),
    sorted([found.name, found.ispkg] for found in pkgutil.walk_packages(flask.__path__, "flask.") if found.name[6:] in known),
    pkgutil.resolve_name("flask.app:Flask") is flask.Flask,
]
""")


def test_sources_are_found_where_they_are_said_to_be():
    same("""
import inspect
things = [flask.Flask, flask.Blueprint, flask.Request, flask.url_for, flask.Flask.make_response, flask.jsonify, flask.render_template]
answer = [[inspect.getsource(thing).split("(")[0].strip(), inspect.getmodule(thing).__name__] for thing in things]
""")


@pytest.mark.parametrize("name", ["flask.app:Flask", "flask.config:Config", "flask:Flask", "flask.cli:NoAppException"])
def test_a_pickle_made_on_flask_is_read_and_one_made_here_is_read_by_flask(name):
    module, _, attribute = name.partition(":")
    same(f"""
import pickle, pkgutil
thing = pkgutil.resolve_name({name!r})
dumped = [pickle.dumps(thing, protocol) for protocol in range(6)]
answer = [pickle.loads(b"c{module}\\n{attribute}\\n.") is thing, [bytes.decode(text, "latin-1") for text in dumped]]
""")


@pytest.mark.parametrize(
    "module", "app blueprints cli config ctx globals helpers json logging sessions templating testing wrappers".split()
)
def test_a_star_import_of_a_module_gives_every_name_that_flasks_gives(module):
    code = f"""
space = {{}}
exec("from flask.{module} import *", space)
answer = sorted(name for name in space if name != "__builtins__")
"""
    missing = set(run(code, start="flask")) - set(run(code, start="ewer"))
    assert not missing


def test_a_star_import_of_the_package_gives_every_name_that_flasks_gives():
    code = "space = {}\nexec('from flask import *', space)\nanswer = sorted(space)"
    assert set(run(code, start="flask")) - set(run(code, start="ewer")) == {"annotations", "t"}


@pytest.mark.parametrize(
    "target",
    "flask.Flask flask.request flask.url_for flask.app.Flask flask.app.Rule flask.app.Request flask.helpers.url_for"
    " flask.helpers.current_app flask.json.dumps flask.json.provider.DefaultJSONProvider flask.sessions.hashlib flask.app._cv_app".split(),
)
def test_a_name_is_patched_and_restored(target):
    assert same(f"""
import pkgutil
from unittest import mock
original = pkgutil.resolve_name({target!r})
with flask.Flask("shop").test_request_context(), mock.patch({target!r}) as patched:
    answer = [pkgutil.resolve_name({target!r}) is patched]
answer.append(pkgutil.resolve_name({target!r}) is original)
""") == [True, True]


def test_a_package_may_have_a_module_called_flask(tmp_path):
    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("from . import flask\nfrom .flask import site\n")
    (package / "flask.py").write_text("import flask\n\nsite = [__name__, flask.Flask.__name__]\n")
    assert same(f"sys.path.insert(0, {str(tmp_path)!r})\nimport shop\nanswer = [shop.flask.__name__, shop.site]") == [
        "shop.flask",
        ["shop.flask", "Flask"],
    ]


def test_names_are_imported_by_many_threads_at_once():
    assert (
        same("""
import threading
names = "Flask Blueprint request session g url_for render_template jsonify Response Request send_file json app helpers templating".split()
barrier, found, errors = threading.Barrier(3 * len(names)), {}, []

def find(name):
    barrier.wait()
    try:
        found.setdefault(name, set()).add(id(getattr(flask, name)))
    except BaseException as error:
        errors.append(repr(error))

threads = [threading.Thread(target=find, args=[name], daemon=True) for name in 3 * names]
[thread.start() for thread in threads]
[thread.join(30) for thread in threads]
answer = [errors, [len(found[name]) for name in names]]
""")[0]
        == []
    )


@pytest.mark.parametrize("before", ["", "import multiprocessing.spawn\n"])
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_flask_is_ewer_in_child_processes_too(method, before, tmp_path):
    (tmp_path / "tasks.py").write_text(
        "import flask\n\n\ndef which():\n    return flask.__name__, flask.Flask.__module__\n"
    )
    program = f"""{before}import ewer.as_flask
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
import tasks
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context({method!r})) as pool:
    print(*pool.submit(tasks.which).result(30))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "ewer flask.app\n", done.stderr


@pytest.mark.parametrize("before", ["", "import ewer, ewer.app\n"])
def test_a_class_changed_by_flasks_name_is_used_even_if_the_application_was_loaded_by_its_own(before):
    program = f"""{before}import ewer.as_flask
import flask
from flask.wrappers import Response
app = flask.Flask("shop")
app.add_url_rule("/", "index", lambda: "hello")
Response.default_mimetype = "text/plain"
print(app.test_client().get("/").content_type)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "text/plain; charset=utf-8\n", done.stderr


METADATA = """
from importlib import metadata
found = metadata.distribution("flask")
answer = {
    "version": [metadata.version("flask"), metadata.version("Flask"), found.version],
    "requires": sorted(found.requires),
    "python": found.metadata["Requires-Python"],
    "extras": found.metadata.get_all("Provides-Extra"),
    "distributions": [each.metadata["Name"] for each in metadata.distributions() if each.metadata["Name"].lower() == "flask"],
    "packages": metadata.packages_distributions()["flask"] if sys.version_info >= (3, 11) else ["Flask"],
    "elsewhere": [each.metadata["Name"] for each in metadata.distributions(path=["/nowhere"])],
}
"""


def test_the_metadata_are_those_of_flask_where_no_flask_is_installed(tmp_path):
    for entry in Path(werkzeug.__file__).parent.parent.iterdir():
        if not entry.name.lower().startswith("flask-") and entry.name != "flask" and entry.suffix != ".pth":
            (tmp_path / entry.name).symlink_to(entry)
    without_flask = f"sys.path[:0] = [{str(Path(OURS).parent)!r}, {str(tmp_path)!r}]\nimport ewer.as_flask\n"
    program = f"import json, sys\n{without_flask}{METADATA}\nprint(json.dumps(answer))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == run(METADATA, start="flask")
