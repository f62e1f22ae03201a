"""The app's configuration: a dict that can also fill itself from files, objects and the environment.

Only keys written in capitals are taken from files, objects and mappings; what is in small letters there
stays private to its source. Plain item assignment takes any key.
"""

from __future__ import annotations

import errno
import os
import sys
import typing as t

from ._borrowed import borrowing
from .watched import WatchedDict

if t.TYPE_CHECKING:
    import typing_extensions as te

    from .sansio.app import App

T = t.TypeVar("T")

# A missing file, and a path that cannot be a file, are what `silent` silences.
_ABSENT = (errno.ENOENT, errno.EISDIR)


def _parse_json(text: str) -> t.Any:
    from json import loads

    return loads(text)


class ConfigAttribute(t.Generic[T]):
    """An attribute of the app that reads and writes one key of ``app.config``.

    ``get_converter`` is applied to the value on each read; a write stores the value as it is.
    """

    def __init__(self, name: str, get_converter: t.Callable[[t.Any], T] | None = None) -> None:
        self.__name__ = name
        self.get_converter = get_converter

    @t.overload
    def __get__(self, obj: None, owner: None) -> te.Self: ...

    @t.overload
    def __get__(self, obj: App, owner: type[App]) -> T: ...

    def __get__(self, obj: App | None, owner: type[App] | None = None) -> T | te.Self:
        if obj is None:
            return self
        value = obj.config[self.__name__]
        if self.get_converter is None:
            return value  # type: ignore[no-any-return]  # PERF: a cast is a call
        return self.get_converter(value)

    def __set__(self, obj: App, value: t.Any) -> None:
        obj.config[self.__name__] = value


class Config(WatchedDict[str, t.Any]):
    """A dict of settings with loaders.

    Relative file names given to the loaders are taken from ``root_path``; for an app's own config that is
    the app's root path. ``defaults`` are copied in first.
    """

    def __init__(self, root_path: str | os.PathLike[str], defaults: dict[str, t.Any] | None = None) -> None:
        super().__init__(defaults or {})
        self.root_path = root_path

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {dict.__repr__(self)}>"

    def from_envvar(self, variable_name: str, silent: bool = False) -> bool:
        """Load the Python file whose path an environment variable holds.

        Returns:
            True when a file was loaded; False when ``silent`` let a missing variable or file pass.

        Raises:
            RuntimeError: The variable is unset or empty, and ``silent`` is false.
            OSError: The file cannot be read (see `from_pyfile`).
        """
        path = os.environ.get(variable_name)
        if path:
            return self.from_pyfile(path, silent=silent)
        if silent:
            return False
        raise RuntimeError(
            f"The environment variable {variable_name!r} is not set and as such configuration could not be"
            " loaded. Set this variable and make it point to a configuration file"
        )

    def from_prefixed_env(self, prefix: str = "FLASK", *, loads: t.Callable[[str], t.Any] = _parse_json) -> bool:
        """Take every environment variable named ``{prefix}_KEY`` as the setting ``KEY``.

        Variables are read in sorted order. Each value goes through ``loads`` (JSON by default) and stays
        text when that raises. A double underscore reaches into a nested dict: ``FLASK_DB__HOST`` sets
        ``config["DB"]["HOST"]``, making ``config["DB"]`` if need be.

        Returns:
            Always True.
        """
        start = f"{prefix}_"
        for variable in sorted(os.environ):
            if not variable.startswith(start):
                continue
            text = os.environ[variable]
            try:
                value = loads(text)
            except Exception:
                value = text
            self._set_nested(variable[len(start) :], value)
        return True

    def _set_nested(self, key: str, value: t.Any) -> None:
        *parents, last = key.split("__")
        target: dict[str, t.Any] = self
        for parent in parents:
            if parent not in target:
                target[parent] = {}
            target = target[parent]
        target[last] = value

    def from_pyfile(self, filename: str | os.PathLike[str], silent: bool = False) -> bool:
        """Run a Python file and take its capitalised names as settings.

        Returns:
            True when the file was loaded; False when ``silent`` let its absence pass.

        Raises:
            OSError: The file cannot be read. With ``silent`` a missing file, a directory in its place or a
                file in a directory's place do not raise.
            Exception: Whatever running the file raises.
        """
        filename = os.path.join(self.root_path, filename)
        module = type(sys)("config")
        module.__file__ = filename
        try:
            with open(filename, mode="rb") as file:
                exec(compile(file.read(), filename, "exec"), module.__dict__)
        except OSError as error:
            if silent and error.errno in (*_ABSENT, errno.ENOTDIR):
                return False
            error.strerror = f"Unable to load configuration file ({error.strerror})"
            raise
        self.from_object(module)
        return True

    def from_object(self, obj: object | str) -> None:
        """Take the capitalised attributes of an object, or of what an import name stands for.

        The object is usually a module or a class. Properties of a class are read only from an instance; a
        dict has no such attributes (that is `from_mapping`'s work).

        Raises:
            ImportError: ``obj`` is a string and cannot be imported.
        """
        if isinstance(obj, str):
            import werkzeug
            from werkzeug.utils import import_string

            obj = import_string(obj)
        for name in dir(obj):
            if name.isupper():
                self[name] = getattr(obj, name)

    def from_file(
        self,
        filename: str | os.PathLike[str],
        load: t.Callable[[t.IO[t.Any]], t.Mapping[str, t.Any]],
        silent: bool = False,
        text: bool = True,
    ) -> bool:
        """Open a file, let ``load`` parse it, and take the mapping that comes back.

        ``load`` gets the file object, opened as text, or as bytes with ``text=False``, e.g.
        ``from_file("config.toml", load=tomllib.load, text=False)``.

        Returns:
            True when the file was loaded; False when ``silent`` let its absence pass.

        Raises:
            OSError: The file cannot be read. With ``silent`` a missing file or a directory in its place do
                not raise.
            Exception: Whatever ``load`` raises.
        """
        filename = os.path.join(self.root_path, filename)
        try:
            with open(filename, "r" if text else "rb") as file:
                loaded = load(file)
        except OSError as error:
            if silent and error.errno in _ABSENT:
                return False
            error.strerror = f"Unable to load configuration file ({error.strerror})"
            raise
        return self.from_mapping(loaded)

    def from_mapping(self, mapping: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any) -> bool:
        """Take the capitalised keys of a mapping and of the keyword arguments, which win.

        Differs from ``update`` only in leaving out keys that are not in capitals.

        Returns:
            Always True.
        """
        given: dict[str, t.Any] = {} if mapping is None else dict(mapping)
        given.update(kwargs)
        for key, value in given.items():
            if key.isupper():
                self[key] = value
        return True

    def get_namespace(self, namespace: str, lowercase: bool = True, trim_namespace: bool = True) -> dict[str, t.Any]:
        """Copy the settings whose key starts with ``namespace`` into a new dict.

        By default the prefix is cut off the keys and the rest put into small letters, which suits passing
        the result on as keyword arguments.
        """
        cut = len(namespace) if trim_namespace else 0
        found: dict[str, t.Any] = {}
        for key, value in self.items():
            if key.startswith(namespace):
                short = key[cut:]
                found[short.lower() if lowercase else short] = value
        return found


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
