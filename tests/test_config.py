"""The configuration and its loaders behave as Flask's do, and every change is noticed."""

from __future__ import annotations

import copy
import json
import os
import pickle
import textwrap

import flask.config
import pytest

import ewer.config
from ewer.watched import Watch


@pytest.fixture
def both(tmp_path):
    return flask.config.Config(tmp_path, {"DEBUG": False}), ewer.config.Config(tmp_path, {"DEBUG": False})


def outcome(function):
    try:
        return function()
    except Exception as error:
        return type(error), str(error), getattr(error, "strerror", None), getattr(error, "errno", None)


def agree(both, act):
    """Do the same to both; hold result or error and the configuration afterwards equal; return the result."""
    theirs, ours = both
    expected = outcome(lambda: act(theirs))
    assert outcome(lambda: act(ours)) == expected
    assert dict(ours) == dict(theirs)
    return expected


def test_a_python_file_gives_its_capitalised_names(both, tmp_path):
    (tmp_path / "settings.py").write_text("A = 1\nb = 2\nFILE = __file__\nNAME = __name__\n_C = 3\nD_1 = 4\n")
    assert agree(both, lambda config: config.from_pyfile("settings.py")) is True
    assert both[1]["FILE"] == str(tmp_path / "settings.py")
    assert "b" not in both[1]


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("name", ["missing.py", ".", "file.txt/inside.py"])
@pytest.mark.parametrize("loader", ["from_pyfile", "from_file"])
def test_a_file_that_is_not_there_raises_unless_silent(both, tmp_path, loader, name, silent):
    (tmp_path / "file.txt").write_text("")
    args = {"load": json.load} if loader == "from_file" else {}
    agree(both, lambda config: getattr(config, loader)(name, silent=silent, **args))


def test_a_mistake_in_a_python_file_is_raised_as_it_is(both, tmp_path):
    (tmp_path / "broken.py").write_text("A = (")
    assert agree(both, lambda config: config.from_pyfile("broken.py", silent=True))[0] is SyntaxError


@pytest.mark.parametrize("value", [None, "", "settings.py", "missing.py"])
@pytest.mark.parametrize("silent", [False, True])
def test_a_variable_names_the_file(both, tmp_path, monkeypatch, value, silent):
    (tmp_path / "settings.py").write_text("A = 1")
    monkeypatch.delenv("APP_SETTINGS", raising=False)
    if value is not None:
        monkeypatch.setenv("APP_SETTINGS", value)
    agree(both, lambda config: config.from_envvar("APP_SETTINGS", silent=silent))


def test_an_object_gives_its_capitalised_attributes(both):
    class Base:
        A = 1
        lower = 2

    class Settings(Base):
        B = 3

        @property
        def C(self):
            return 4

    agree(both, lambda config: config.from_object(Settings()))
    assert both[1]["C"] == 4


def test_an_import_name_stands_for_the_object(both):
    agree(both, lambda config: config.from_object("os"))
    agree(both, lambda config: config.from_object("os:path"))
    agree(both, lambda config: config.from_object("os.path"))
    assert both[1]["O_RDONLY"] == os.O_RDONLY


def test_an_import_name_that_stands_for_nothing_is_an_import_error(both):
    assert issubclass(agree(both, lambda config: config.from_object("no_such_module_here"))[0], ImportError)


@pytest.mark.parametrize("text", [True, False])
def test_a_file_is_parsed_by_the_given_function(both, tmp_path, text):
    (tmp_path / "settings.json").write_text('{"A": 1, "b": 2, "C": {"d": 3}}')
    assert agree(both, lambda config: config.from_file("settings.json", load=json.load, text=text)) is True


def test_a_mapping_and_keywords_are_taken_and_keywords_win(both):
    agree(both, lambda config: config.from_mapping({"A": 1, "b": 2}, A=3, c=4))
    agree(both, lambda config: config.from_mapping(B=1))
    agree(both, lambda config: config.from_mapping())
    agree(both, lambda config: config.from_mapping([("Z", 1)]))
    assert agree(both, lambda config: config.from_mapping(1))[0] is TypeError


def test_prefixed_variables_become_settings_and_reach_into_dicts(both, monkeypatch):
    for name, text in {
        "FLASK_A": "true", "FLASK_B": "text", "FLASK_C": '{"d": [1]}', "FLASK_C__e": "2", "FLASK_F__G__h": "[]",
        "FLASK_DEBUG": "1", "FLASK_lower": "null", "FLASKLESS": "1", "FLASK___X": "1", "OTHER_A": "1.5",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, text)
    assert agree(both, lambda config: config.from_prefixed_env()) is True
    assert both[1]["F"] == {"G": {"h": []}}
    agree(both, lambda config: config.from_prefixed_env("OTHER", loads=float))
    assert agree(both, lambda config: config.from_prefixed_env("NONE_HAS_THIS")) is True


def test_a_nested_variable_under_a_setting_that_is_no_dict_is_an_error(both, monkeypatch):
    monkeypatch.setenv("FLASK_DEBUG__X", "1")
    assert agree(both, lambda config: config.from_prefixed_env())[0] is TypeError


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("trim", [True, False])
def test_a_namespace_is_copied_out_under_shorter_names(both, lowercase, trim):
    for config in both:
        config.update(STORE_A=1, STORE_Bc=2, STORE_=3, OTHER=4)
    assert agree(both, lambda config: config.get_namespace("STORE_", lowercase, trim))


def test_the_repr_names_the_class_and_shows_the_dict(both):
    class Own(ewer.config.Config):
        pass

    assert repr(both[1]) == repr(both[0])
    assert repr(Own(".")) == "<Own {}>"


def test_the_defaults_are_copied():
    defaults = {"A": 1}
    config = ewer.config.Config(".", defaults)
    config["A"] = 2
    assert defaults == {"A": 1}


@pytest.mark.parametrize(
    "change",
    [
        lambda config: config.from_mapping(A=1),
        lambda config: config.update(A=1),
        lambda config: config.__setitem__("A", 1),
        lambda config: config.pop("DEBUG"),
        lambda config: config.from_object(type("Settings", (), {"A": 1})),
    ],
)
def test_every_change_is_noticed_by_the_owner(both, change):
    config = both[1]
    config.watch = Watch()
    change(config)
    assert config.watch.version > 0


def test_a_copy_is_a_configuration_of_its_own(both):
    config = both[1]
    config.watch = Watch()
    for made in (copy.copy(config), copy.deepcopy(config), pickle.loads(pickle.dumps(config))):
        assert type(made) is ewer.config.Config
        assert made == config
        assert made.root_path == config.root_path
        made["NEW"] = 1
        assert "NEW" not in config
    assert config.watch.version == 0


def test_an_attribute_of_the_app_can_stand_for_a_setting():
    class App:
        secret = ewer.config.ConfigAttribute("SECRET")
        seconds = ewer.config.ConfigAttribute("SECONDS", get_converter=int)

        def __init__(self):
            self.config = {"SECRET": "x", "SECONDS": "7"}

    app = App()
    assert (app.secret, app.seconds) == ("x", 7)
    app.secret = "y"
    assert app.config["SECRET"] == "y"
    assert App.secret.__name__ == "SECRET"


def test_the_source_file_may_use_any_encoding_python_can_read(both, tmp_path):
    (tmp_path / "latin.py").write_bytes(textwrap.dedent("# -*- coding: latin-1 -*-\nA = 'ü'\n").encode("latin-1"))
    agree(both, lambda config: config.from_pyfile("latin.py"))
    assert both[1]["A"] == "ü"
