"""What views are annotated with is imported from `ewer` itself."""

from __future__ import annotations

import pytest

import ewer
import ewer.typed

NAMES = ("Body", "Cookie", "Depends", "File", "Form", "Header", "Partial", "Path", "Query", "Security", "UploadFile")


@pytest.mark.parametrize("name", NAMES)
def test_a_marker_is_found_in_the_package(name):
    assert getattr(ewer, name) is getattr(ewer.typed, name)
    assert name in dir(ewer)


def test_a_star_import_brings_flasks_names_and_no_path_of_ours():
    namespace = {}
    exec("from ewer import *", namespace)

    assert {"Flask", "request", "Ewer"} <= namespace.keys()
    assert namespace.keys().isdisjoint(NAMES)
