"""The `Blueprint` that applications use: `ewer.sansio.blueprints` plus commands, static files and resources."""

from __future__ import annotations

import typing as t
from functools import cached_property

from ._borrowed import borrowing
from ._files import open_resource_file, send_file_max_age, send_static
from .sansio.blueprints import Blueprint as SansioBlueprint
from .sansio.blueprints import BlueprintSetupState as BlueprintSetupState
from .sansio.scaffold import _sentinel as _sentinel

if t.TYPE_CHECKING:
    from .cli import AppGroup
    from .wrappers import Response


class Blueprint(SansioBlueprint):
    """A part of an application: routes, hooks, error handlers, templates, static files and commands under one name.

    Args:
        name: the name in front of its endpoints; no dots.
        import_name: the name of the module it is defined in, usually `__name__`.
        static_folder: a folder with static files, relative to `root_path`; no static route when it is None.
        static_url_path: the URL prefix of the static route.
        template_folder: a folder with templates, looked through after the application's own.
        url_prefix: put in front of all its rules.
        subdomain: the subdomain of all its rules.
        url_defaults: default values for the variables of all its rules.
        root_path: where relative folders start; found from `import_name` when it is None.
        cli_group: the name of the group of its commands; None merges them into the application's.

    Raises:
        ValueError: the name is empty or contains a dot.
    """

    @cached_property
    def cli(self) -> AppGroup:  # type: ignore[override]  # an attribute in Flask; here it is made on first use
        """The group of commands that is registered with the application."""
        from .cli import AppGroup

        group = AppGroup()
        group.name = self.name
        return group

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return for how many seconds a file may be cached; None leaves it to conditional requests."""
        return send_file_max_age()

    def send_static_file(self, filename: str) -> Response:
        """Serve a file of the static folder.

        Raises:
            RuntimeError: there is no static folder.
            werkzeug.exceptions.NotFound: there is no such file in it.
        """
        return send_static(self, filename)

    def open_resource(self, resource: str, mode: str = "rb", encoding: str | None = "utf-8") -> t.IO[t.Any]:
        """Open a file below `root_path` for reading.

        Raises:
            ValueError: the mode would write.
        """
        return open_resource_file(self.root_path, resource, mode, encoding)


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
