"""What applications and blueprints share: the decorators that register views, hooks and error handlers, and their folders.

Registration only collects; nothing here handles a request. Next: `ewer.sansio.app` and `ewer.sansio.blueprints`.
"""

from __future__ import annotations

import os
import typing as t
from collections import defaultdict
from functools import cached_property, update_wrapper

from .. import typing as ft
from .._borrowed import borrowing
from .._packages import find_package as find_package
from .._paths import get_root_path
from .._template_context import _default_template_ctx_processor
from ..watched import HookTable, Watch, WatchedDict

if t.TYPE_CHECKING:
    from click import Group
    from jinja2 import BaseLoader

_sentinel: t.Any = object()

F = t.TypeVar("F", bound=t.Callable[..., t.Any])
T_after_request = t.TypeVar("T_after_request", bound=ft.AfterRequestCallable[t.Any])
T_before_request = t.TypeVar("T_before_request", bound=ft.BeforeRequestCallable)
T_error_handler = t.TypeVar("T_error_handler", bound=ft.ErrorHandlerCallable)
T_teardown = t.TypeVar("T_teardown", bound=ft.TeardownCallable)
T_template_context_processor = t.TypeVar("T_template_context_processor", bound=ft.TemplateContextProcessorCallable)
T_url_defaults = t.TypeVar("T_url_defaults", bound=ft.URLDefaultCallable)
T_url_value_preprocessor = t.TypeVar("T_url_value_preprocessor", bound=ft.URLValuePreprocessorCallable)
# NOTE: not bound to `RouteCallable` as in Flask: an annotated view returns models, numbers and dates too.
T_route = t.TypeVar("T_route", bound=t.Callable[..., t.Any])


def setupmethod(f: F) -> F:
    """Let the method `f` raise AssertionError once its object has finished set-up."""
    name = f.__name__

    def checked(self: Scaffold, *args: t.Any, **kwargs: t.Any) -> t.Any:
        self._check_setup_finished(name)
        return f(self, *args, **kwargs)

    return t.cast("F", update_wrapper(checked, f))


class Scaffold:
    """The common half of `Flask` and `Blueprint`.

    Args:
        import_name: the name of the module it is defined in, usually `__name__`.
        static_folder: the folder with static files, absolute or relative to `root_path`; None for no such route.
        static_url_path: the URL prefix of the static route; by default the folder's name.
        template_folder: the folder with templates, absolute or relative to `root_path`.
        root_path: where relative folders start; found from `import_name` when it is None.
    """

    cli: Group
    name: str
    _static_folder: str | None = None
    _static_url_path: str | None = None

    def __init__(
        self,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        root_path: str | None = None,
    ) -> None:
        self.import_name = import_name
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.template_folder = template_folder
        self.root_path = get_root_path(import_name) if root_path is None else root_path
        watch = self._make_watch()
        self.view_functions: dict[str, ft.RouteCallable] = _watched_dict(watch)
        self.error_handler_spec: dict[
            ft.AppOrBlueprintKey, dict[int | None, dict[type[Exception], ft.ErrorHandlerCallable]]
        ] = defaultdict(_new_error_handlers)
        self.before_request_funcs: dict[ft.AppOrBlueprintKey, list[ft.BeforeRequestCallable]] = HookTable(watch)
        self.after_request_funcs: dict[ft.AppOrBlueprintKey, list[ft.AfterRequestCallable[t.Any]]] = HookTable(watch)
        self.teardown_request_funcs: dict[ft.AppOrBlueprintKey, list[ft.TeardownCallable]] = HookTable(watch)
        self.template_context_processors: dict[ft.AppOrBlueprintKey, list[ft.TemplateContextProcessorCallable]] = (
            HookTable(None, {None: [_default_template_ctx_processor]})
        )
        self.url_value_preprocessors: dict[ft.AppOrBlueprintKey, list[ft.URLValuePreprocessorCallable]] = HookTable(
            watch
        )
        self.url_default_functions: dict[ft.AppOrBlueprintKey, list[ft.URLDefaultCallable]] = HookTable(None)

    def _make_watch(self) -> Watch | None:
        """Return what the tables tell of their changes; a blueprint's are copied at registration and tell nobody."""
        return None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def _check_setup_finished(self, f_name: str) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say when its set-up is finished.")

    @property
    def static_folder(self) -> str | None:
        """The absolute path of the folder with static files, None without one."""
        if self._static_folder is None:
            return None
        return os.path.join(self.root_path, self._static_folder)

    @static_folder.setter
    def static_folder(self, value: str | os.PathLike[str] | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip(r"\/")

    @property
    def has_static_folder(self) -> bool:
        """Whether a folder with static files was named; it need not exist."""
        return self.static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL prefix of the static route; None without a static folder."""
        if self._static_url_path is not None:
            return self._static_url_path
        if self.static_folder is None:
            return None
        return f"/{os.path.basename(self.static_folder)}".rstrip("/")

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """The loader of this object's own template folder; None without one."""
        from jinja2 import FileSystemLoader

        if self.template_folder is None:
            return None
        return FileSystemLoader(os.path.join(self.root_path, self.template_folder))

    def _method_route(self, method: str, rule: str, options: dict[str, t.Any]) -> t.Callable[[T_route], T_route]:
        if "methods" in options:
            raise TypeError("Use the 'route' decorator to use the 'methods' argument.")
        return self.route(rule, methods=[method], **options)

    @setupmethod
    def get(self, rule: str, **options: t.Any) -> t.Callable[[T_route], T_route]:
        """Register a view for GET. Like `route()` otherwise.

        Raises:
            TypeError: `methods` was given.
        """
        return self._method_route("GET", rule, options)

    @setupmethod
    def post(self, rule: str, **options: t.Any) -> t.Callable[[T_route], T_route]:
        """Register a view for POST. Like `route()` otherwise.

        Raises:
            TypeError: `methods` was given.
        """
        return self._method_route("POST", rule, options)

    @setupmethod
    def put(self, rule: str, **options: t.Any) -> t.Callable[[T_route], T_route]:
        """Register a view for PUT. Like `route()` otherwise.

        Raises:
            TypeError: `methods` was given.
        """
        return self._method_route("PUT", rule, options)

    @setupmethod
    def delete(self, rule: str, **options: t.Any) -> t.Callable[[T_route], T_route]:
        """Register a view for DELETE. Like `route()` otherwise.

        Raises:
            TypeError: `methods` was given.
        """
        return self._method_route("DELETE", rule, options)

    @setupmethod
    def patch(self, rule: str, **options: t.Any) -> t.Callable[[T_route], T_route]:
        """Register a view for PATCH. Like `route()` otherwise.

        Raises:
            TypeError: `methods` was given.
        """
        return self._method_route("PATCH", rule, options)

    @setupmethod
    def route(self, rule: str, **options: t.Any) -> t.Callable[[T_route], T_route]:
        """Register the decorated view for `rule`; the options are those of `add_url_rule()` and of `werkzeug.routing.Rule`."""

        def register(f: T_route) -> T_route:
            endpoint = options.pop("endpoint", None)
            self.add_url_rule(rule, endpoint, f, **options)
            return f

        return register

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: t.Callable[..., t.Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: t.Any,
    ) -> None:
        """Register a rule; applications and blueprints each do it in their own way."""
        raise NotImplementedError(f"{type(self).__name__} cannot register a rule.")

    @setupmethod
    def endpoint(self, endpoint: str) -> t.Callable[[F], F]:
        """Name the decorated function as the view of an endpoint whose rule was added without one."""

        def register(f: F) -> F:
            self.view_functions[endpoint] = f
            return f

        return register

    @setupmethod
    def before_request(self, f: T_before_request) -> T_before_request:
        """Run `f` before each request; a value that it returns is answered in the view's place."""
        self.before_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def after_request(self, f: T_after_request) -> T_after_request:
        """Run `f` on each response; it takes the response and returns one."""
        self.after_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def teardown_request(self, f: T_teardown) -> T_teardown:
        """Run `f` when the request context is popped, with the unhandled error or None."""
        self.teardown_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def context_processor(self, f: T_template_context_processor) -> T_template_context_processor:
        """Add the dict that `f` returns to every template's context."""
        self.template_context_processors[None].append(f)
        return f

    @setupmethod
    def url_value_preprocessor(self, f: T_url_value_preprocessor) -> T_url_value_preprocessor:
        """Run `f` with the endpoint and the view's arguments, which it may change, before each request."""
        self.url_value_preprocessors[None].append(f)
        return f

    @setupmethod
    def url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Run `f` with the endpoint and the values, which it may change, before each URL is built."""
        self.url_default_functions[None].append(f)
        return f

    @setupmethod
    def errorhandler(self, code_or_exception: type[Exception] | int) -> t.Callable[[T_error_handler], T_error_handler]:
        """Answer an HTTP error code or an exception class with the decorated function.

        Raises:
            TypeError: an exception instance was given.
            ValueError: not an HTTP error code, or a class that is no exception.
        """

        def register(f: T_error_handler) -> T_error_handler:
            self.register_error_handler(code_or_exception, f)
            return f

        return register

    @setupmethod
    def register_error_handler(self, code_or_exception: type[Exception] | int, f: ft.ErrorHandlerCallable) -> None:
        """Answer an HTTP error code or an exception class with `f`. Like `errorhandler()`, without the decorator.

        Raises:
            TypeError: an exception instance was given.
            ValueError: not an HTTP error code, or a class that is no exception.
        """
        exc_class, code = self._get_exc_class_and_code(code_or_exception)
        self.error_handler_spec[None][code][exc_class] = f

    @staticmethod
    def _get_exc_class_and_code(
        exc_class_or_code: type[Exception] | int,
    ) -> tuple[type[Exception], int | None]:
        import werkzeug
        from werkzeug.exceptions import HTTPException, default_exceptions

        exc_class: t.Any = exc_class_or_code
        if isinstance(exc_class_or_code, int):
            exc_class = default_exceptions.get(exc_class_or_code)
            if exc_class is None:
                raise ValueError(
                    f"'{exc_class_or_code}' is not a recognized HTTP error code."
                    " Use a subclass of HTTPException with that code instead."
                )
        only = "Handlers can only be registered for Exception classes or HTTP error codes."
        if isinstance(exc_class, Exception):
            raise TypeError(f"{exc_class!r} is an instance, not a class. {only}")
        if not issubclass(exc_class, Exception):
            raise ValueError(f"'{exc_class.__name__}' is not a subclass of Exception. {only}")
        return exc_class, exc_class.code if issubclass(exc_class, HTTPException) else None


def _new_error_handlers() -> dict[int | None, dict[type[Exception], ft.ErrorHandlerCallable]]:
    return defaultdict(dict)


def _watched_dict(watch: Watch | None) -> dict[str, ft.RouteCallable]:
    table: WatchedDict[str, ft.RouteCallable] = WatchedDict()
    table.watch = watch
    return table


def _endpoint_from_view_func(view_func: t.Callable[..., t.Any] | None) -> str:
    """Return the name of the view, which is its endpoint unless one is given.

    Raises:
        AssertionError: there is no view either.
    """
    if view_func is None:
        raise AssertionError("expected view func if endpoint is not provided.")
    return view_func.__name__


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
