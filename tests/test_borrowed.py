from __future__ import annotations

import importlib

import pytest

MODULES = (
    "app blueprints cli config ctx debughelpers globals helpers json json.provider json.tag logging sansio.app sansio.blueprints"
    " sansio.scaffold sessions signals templating testing typing views wrappers"
).split()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_every_name_that_flasks_module_has(module):
    theirs = importlib.import_module(f"flask.{module}")
    ours = importlib.import_module(f"ewer.{module}")
    missing = [name for name in dir(theirs) if not name.startswith("__") and not hasattr(ours, name)]
    assert not missing


@pytest.mark.parametrize("module", MODULES)
def test_a_name_that_flask_imports_from_a_library_is_the_same_object(module):
    theirs = importlib.import_module(f"flask.{module}")
    ours = importlib.import_module(f"ewer.{module}")
    different = [
        name
        for name, value in vars(theirs).items()
        if getattr(value, "__module__", "").startswith(
            ("werkzeug.routing", "werkzeug.exceptions", "werkzeug.wrappers", "jinja2")
        )
        and not isinstance(value, dict)
        and getattr(ours, name, None) is not value
    ]
    assert not different


def test_a_name_that_neither_has_is_refused_as_usual():
    import ewer.app

    with pytest.raises(AttributeError, match="module 'ewer.app' has no attribute 'nonsense'"):
        ewer.app.nonsense
