"""The application as a collection of facts: configuration, rules, views, hooks, templates, error handlers.

Nothing here handles a request, and nothing here is imported before it is needed: the URL map, the template
environment and the JSON provider are made on first use. Next: `ewer.app`, which serves what was collected here.
"""

from __future__ import annotations

import os
import sys
import typing as t
from _thread import RLock
from functools import cached_property
from itertools import chain

from .. import typing as ft
from .._borrowed import borrowing
from .._core.table import Route, parse_rule
from .._paths import _split_blueprint_path, get_debug_flag
from ..config import Config, ConfigAttribute
from ..ctx import _AppCtxGlobals
from ..imported import Imported
from ..watched import Watch, WatchedDict, WatchedList, WatchedType
from .scaffold import Scaffold, _endpoint_from_view_func, find_package, setupmethod

if t.TYPE_CHECKING:
    import logging
    from datetime import timedelta

    from werkzeug.exceptions import Aborter
    from werkzeug.routing import BuildError, Map, Rule
    from werkzeug.wrappers import Response as BaseResponse

    from ..json.provider import JSONProvider
    from ..templating import DispatchingJinjaLoader, Environment
    from ..testing import FlaskClient, FlaskCliRunner
    from .blueprints import Blueprint

T_shell_context_processor = t.TypeVar("T_shell_context_processor", bound=ft.ShellContextProcessorCallable)
T_teardown = t.TypeVar("T_teardown", bound=ft.TeardownCallable)
T_template_filter = t.TypeVar("T_template_filter", bound=ft.TemplateFilterCallable)
T_template_global = t.TypeVar("T_template_global", bound=ft.TemplateGlobalCallable)
T_template_test = t.TypeVar("T_template_test", bound=ft.TemplateTestCallable)


_binding = RLock()
"""Held while the noted rules go into a map: the threads of the first requests may all ask for it at once."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_binding._at_fork_reinit)  # type: ignore[attr-defined]  # as the standard library does with its locks


def _make_timedelta(value: timedelta | int | None) -> timedelta | None:
    from datetime import timedelta

    return timedelta(seconds=value) if isinstance(value, (int, float)) else value


class App(Scaffold, metaclass=WatchedType):
    """What `Flask` collects before it serves. The arguments are those of `Flask`."""

    if t.TYPE_CHECKING:
        aborter_class: type[Aborter]
        jinja_environment: type[Environment]
        json_provider_class: type[JSONProvider]
        url_map_class: type[Map]
        url_rule_class: type[Rule]
        response_class: type[t.Any]
    else:
        aborter_class = Imported("werkzeug.exceptions:Aborter")
        jinja_environment = Imported("ewer.templating:Environment")
        json_provider_class = Imported("ewer.json.provider:DefaultJSONProvider")
        url_map_class = Imported("werkzeug.routing:Map")
        url_rule_class = Imported("werkzeug.routing:Rule")

    app_ctx_globals_class = _AppCtxGlobals
    config_class = Config
    default_config: t.Mapping[str, t.Any]
    jinja_options: dict[str, t.Any] = {}
    test_client_class: type[FlaskClient] | None = None
    test_cli_runner_class: type[FlaskCliRunner] | None = None

    testing = ConfigAttribute[bool]("TESTING")
    secret_key = ConfigAttribute[t.Union[str, bytes, None]]("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute["timedelta"](
        "PERMANENT_SESSION_LIFETIME",
        get_converter=_make_timedelta,  # type: ignore[arg-type]  # None stays None, as in Flask
    )

    _watched_attributes: t.ClassVar[frozenset[str]] = frozenset()
    """The attributes whose replacement concerns serving; `ewer.app` names them."""
    _watch: Watch
    """What the tables tell of their changes. PERF: without a default in the class, which would make it slow to read (CPython 3.11)."""
    _rules_watch: Watch
    """The part of it that rules move."""

    def __init__(
        self,
        import_name: str,
        static_url_path: str | None = None,
        static_folder: str | os.PathLike[str] | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: str | os.PathLike[str] | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        super().__init__(
            import_name=import_name,
            static_folder=static_folder,
            static_url_path=static_url_path,
            template_folder=template_folder,
            root_path=root_path,
        )
        if instance_path is None:
            instance_path = self.auto_find_instance_path()
        elif not os.path.isabs(instance_path):
            raise ValueError("If an instance path is provided it must be absolute. A relative path was given instead.")
        self.instance_path = instance_path
        self.config = self.make_config(instance_relative_config)
        self.url_build_error_handlers: list[t.Callable[[Exception, str, dict[str, t.Any]], str]] = []
        self.teardown_appcontext_funcs: list[ft.TeardownCallable] = WatchedList((), self._watch)
        self.shell_context_processors: list[ft.ShellContextProcessorCallable] = []
        self.blueprints: dict[str, Blueprint] = {}
        self.extensions: dict[str, t.Any] = {}
        self.subdomain_matching = subdomain_matching
        self._host_matching = host_matching
        self._pending_routes: list[Route] = []
        self._url_map: Map | None = None
        self._got_first_request = False

    def _make_watch(self) -> Watch:
        self._watch = Watch()
        self._rules_watch = Watch(self._watch)
        WatchedType.watches.add(self._watch)
        return self._watch

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        if name in self._watched_attributes and "_watch" in self.__dict__:  # else `__init__` is still to come
            if name == "config" and isinstance(value, WatchedDict):
                value.watch = self._watch
            self._watch.moved()

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        if name in self._watched_attributes and "_watch" in self.__dict__:
            self._watch.moved()

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_first_request:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the application. It has already handled"
                " its first request, any changes will not be applied consistently.\n"
                "Make sure all imports, decorators, functions, etc. needed to set up the application are done"
                " before running it."
            )

    @cached_property
    def name(self) -> str:  # type: ignore[override]  # an attribute in blueprints
        """The import name, or the file name of the main module when that is where the application is."""
        if self.import_name != "__main__":
            return self.import_name
        file = getattr(sys.modules["__main__"], "__file__", None)
        return "__main__" if file is None else os.path.splitext(os.path.basename(file))[0]

    @cached_property
    def logger(self) -> logging.Logger:
        """The logger with the application's name; it gets a handler of its own only where nothing else would print."""
        from ..logging import create_logger

        return create_logger(self)

    @cached_property
    def jinja_env(self) -> Environment:
        """The template environment, made on first use."""
        return self.create_jinja_environment()

    @cached_property
    def json(self) -> JSONProvider:
        """The JSON provider behind `ewer.json`, `jsonify` and `request.get_json()`; it can be replaced."""
        return self.json_provider_class(self)

    @cached_property
    def aborter(self) -> Aborter:
        """What `abort()` calls."""
        return self.make_aborter()

    @property
    def url_map(self) -> Map:
        """The rules as a live `werkzeug.routing.Map`, made when somebody first asks for it."""
        if self._url_map is None:
            with _binding:
                if self._url_map is None:
                    self._bind_rules()
        return t.cast("Map", self._url_map)

    @url_map.setter
    def url_map(self, value: Map) -> None:
        self._pending_routes.clear()
        self._url_map = value
        self._rules_watch.moved()

    def _bind_rules(self) -> None:
        import werkzeug
        from werkzeug.routing import Map as PlainMap

        from .._routemap import Map as WatchedMap
        from .._routemap import make_rule

        map_class = WatchedMap if self.url_map_class is PlainMap else self.url_map_class
        url_map = map_class(host_matching=self._host_matching)
        for route in self._pending_routes:
            url_map.add(make_rule(route, self.url_rule_class))
        if isinstance(url_map, WatchedMap):
            url_map.watch = self._rules_watch
        self._url_map = url_map
        self._pending_routes = []

    def create_jinja_environment(self) -> Environment:
        """Make the template environment."""
        raise NotImplementedError(f"{type(self).__name__} cannot make a template environment.")

    def make_config(self, instance_relative: bool = False) -> Config:
        """Make the configuration; file names are relative to the instance folder or to the root path."""
        root_path = self.instance_path if instance_relative else self.root_path
        return self.config_class(root_path, {**self.default_config, "DEBUG": get_debug_flag()})

    def make_aborter(self) -> Aborter:
        """Make what `abort()` calls."""
        return self.aborter_class()

    def auto_find_instance_path(self) -> str:
        """Find the instance folder: beside the package, or under `var` where the package is installed."""
        prefix, package_path = find_package(self.import_name)
        if prefix is None:
            return os.path.join(package_path, "instance")
        return os.path.join(prefix, "var", f"{self.name}-instance")

    def create_global_jinja_loader(self) -> DispatchingJinjaLoader:
        """Make the loader that asks the application's and then each blueprint's own loader."""
        from ..templating import DispatchingJinjaLoader

        return DispatchingJinjaLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Tell whether a template is escaped: HTML, XML, SVG and templates without a name are."""
        return filename is None or filename.endswith((".html", ".htm", ".xml", ".xhtml", ".svg"))

    @property
    def debug(self) -> bool:
        """Whether debug mode is on: `config["DEBUG"]`."""
        return self.config["DEBUG"]  # type: ignore[no-any-return]  # PERF: a cast is a call

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        # NOTE: an environment that is not made yet asks for debug mode when it is.
        if self.config["TEMPLATES_AUTO_RELOAD"] is None and "jinja_env" in self.__dict__:
            self.jinja_env.auto_reload = value

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: t.Any) -> None:
        """Register a blueprint; the options (`url_prefix`, `name`, ...) go before the blueprint's own.

        Raises:
            ValueError: the name is taken.
        """
        blueprint.register(self, options)

    def iter_blueprints(self) -> t.ValuesView[Blueprint]:
        """Return the blueprints in the order of registration."""
        return self.blueprints.values()

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: t.Callable[..., t.Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: t.Any,
    ) -> None:
        """Register a rule, and the view of its endpoint where one is given.

        Args:
            rule: the URL rule, starting with a slash.
            endpoint: the name for `url_for()`; by default the view's name.
            view_func: the view; its attributes `methods`, `required_methods` and `provide_automatic_options` are defaults.
            provide_automatic_options: whether OPTIONS is answered with the allowed methods.
            **options: `methods` and those of `werkzeug.routing.Rule`.

        Raises:
            TypeError: `methods` is a string.
            ValueError: the rule is malformed.
            LookupError: the rule names a converter that does not exist.
            AssertionError: the endpoint has another view already.
        """
        endpoint = _endpoint_from_view_func(view_func) if endpoint is None else endpoint
        methods, provide_automatic_options = self._allowed_methods(
            options.pop("methods", None), view_func, provide_automatic_options
        )
        options["endpoint"] = endpoint
        self._add_rule(rule, methods, provide_automatic_options, options)
        if view_func is None:
            return
        known = self.view_functions.get(endpoint)
        if known is not None and known != view_func:
            raise AssertionError(
                f"View function mapping is overwriting an existing endpoint function: {endpoint}\n"
                f"  It belongs to {_where(known)}; now it would go to {_where(view_func)}.\n"
                "  Fix: rename one of the views, or give one of them another name: endpoint=..."
            )
        self.view_functions[endpoint] = view_func

    def _allowed_methods(
        self, methods: t.Iterable[str] | None, view: t.Any, provide_automatic_options: bool | None
    ) -> tuple[set[str], bool]:
        """Work out the methods of a rule and whether OPTIONS is answered for its view."""
        if methods is None:
            methods = getattr(view, "methods", None) or ("GET",)
        if isinstance(methods, str):
            raise TypeError('Allowed methods must be a list of strings, for example: @app.route(..., methods=["POST"])')
        allowed = {method.upper() for method in methods}
        required = set(getattr(view, "required_methods", ()))
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view, "provide_automatic_options", None)
        if provide_automatic_options is None:
            provide_automatic_options = "OPTIONS" not in allowed and bool(self.config["PROVIDE_AUTOMATIC_OPTIONS"])
            if provide_automatic_options:
                required.add("OPTIONS")
        return allowed | required, provide_automatic_options

    def _add_rule(
        self, rule: str, methods: set[str], provide_automatic_options: bool, options: dict[str, t.Any]
    ) -> None:
        """Put the rule in the URL map, or note it for when there is one, if nothing in it needs Werkzeug's opinion."""
        if self._url_map is None and not self._host_matching and _is_noted(rule, options) and self._rules_are_stock():
            # NOTE: an earlier rule of the same path may answer OPTIONS by itself, and a reply to HEAD has no body: neither goes by the table.
            route = Route(rule, options["endpoint"], frozenset(methods - {"HEAD", "OPTIONS"}), parse_rule(rule))
            if route.segments is not None:
                route.options = {**options, "methods": methods, "provide_automatic_options": provide_automatic_options}
                self._pending_routes.append(route)
                self._rules_watch.moved()
                return
        bound = self.url_rule_class(rule, methods=methods, **options)
        bound.provide_automatic_options = provide_automatic_options  # type: ignore[attr-defined]  # as Flask does
        self.url_map.add(bound)

    def _rules_are_stock(self) -> bool:
        """Tell whether rules and map are Werkzeug's own classes, without loading them to find out."""
        for name in ("url_rule_class", "url_map_class"):
            owner = next(cls for cls in type(self).__mro__ if name in cls.__dict__)
            if owner is not App or name in self.__dict__:
                return False
        return type(self)._bind_rules is App._bind_rules

    @setupmethod
    def template_filter(self, name: str | None = None) -> t.Callable[[T_template_filter], T_template_filter]:
        """Register the decorated function as a template filter, under its own name by default."""

        def register(f: T_template_filter) -> T_template_filter:
            self.add_template_filter(f, name=name)
            return f

        return register

    @setupmethod
    def add_template_filter(self, f: ft.TemplateFilterCallable, name: str | None = None) -> None:
        """Register `f` as a template filter, under its own name by default."""
        self.jinja_env.filters[name or f.__name__] = f

    @setupmethod
    def template_test(self, name: str | None = None) -> t.Callable[[T_template_test], T_template_test]:
        """Register the decorated function as a template test, under its own name by default."""

        def register(f: T_template_test) -> T_template_test:
            self.add_template_test(f, name=name)
            return f

        return register

    @setupmethod
    def add_template_test(self, f: ft.TemplateTestCallable, name: str | None = None) -> None:
        """Register `f` as a template test, under its own name by default."""
        self.jinja_env.tests[name or f.__name__] = f

    @setupmethod
    def template_global(self, name: str | None = None) -> t.Callable[[T_template_global], T_template_global]:
        """Register the decorated function as a global of all templates, under its own name by default."""

        def register(f: T_template_global) -> T_template_global:
            self.add_template_global(f, name=name)
            return f

        return register

    @setupmethod
    def add_template_global(self, f: ft.TemplateGlobalCallable, name: str | None = None) -> None:
        """Register `f` as a global of all templates, under its own name by default."""
        self.jinja_env.globals[name or f.__name__] = f

    @setupmethod
    def teardown_appcontext(self, f: T_teardown) -> T_teardown:
        """Run `f` when the application context is popped, with the unhandled error or None."""
        self.teardown_appcontext_funcs.append(f)
        return f

    @setupmethod
    def shell_context_processor(self, f: T_shell_context_processor) -> T_shell_context_processor:
        """Add the dict that `f` returns to the names in the interactive shell."""
        self.shell_context_processors.append(f)
        return f

    def _find_error_handler(self, e: Exception, blueprints: t.Iterable[str]) -> ft.ErrorHandlerCallable | None:
        """Return the handler nearest to the error: by code before by class, the blueprint's before the application's."""
        exc_class, code = self._get_exc_class_and_code(type(e))
        names = (*blueprints, None)
        for key in (code, None) if code is not None else (None,):
            for name in names:
                handlers = self.error_handler_spec[name][key]
                nearest = next((cls for cls in exc_class.__mro__ if handlers.get(cls) is not None), None)
                if nearest is not None:
                    return handlers[nearest]
        return None

    def trap_http_exception(self, e: Exception) -> bool:
        """Tell whether an HTTP exception is to be raised like any other, as the `TRAP_...` settings ask."""
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        import werkzeug
        from werkzeug.exceptions import BadRequest, BadRequestKeyError

        trap_bad_request = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap_bad_request is None and self.debug and isinstance(e, BadRequestKeyError):
            return True
        return bool(trap_bad_request) and isinstance(e, BadRequest)

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Tell whether teardown functions should not be told of this error; an override may say yes."""
        return False

    def redirect(self, location: str, code: int = 302) -> BaseResponse:
        """Make a redirect response. `ewer.redirect()` calls it."""
        import werkzeug
        from werkzeug.utils import redirect

        return redirect(location, code=code, Response=self.response_class)

    def inject_url_defaults(self, endpoint: str, values: dict[str, t.Any]) -> None:
        """Let the `url_defaults` functions of the application and of the endpoint's blueprints change `values`."""
        names: t.Iterable[str | None] = (None,)
        if "." in endpoint:
            names = chain(names, reversed(_split_blueprint_path(endpoint.rpartition(".")[0])))
        for name in names:
            for function in self.url_default_functions.get(name, ()):
                function(endpoint, values)

    def handle_url_build_error(self, error: BuildError, endpoint: str, values: dict[str, t.Any]) -> str:
        """Ask the `url_build_error_handlers` for the URL of an endpoint that could not be built.

        Raises:
            BuildError: none of them has one.
        """
        import werkzeug
        from werkzeug.routing import BuildError

        for handler in self.url_build_error_handlers:
            try:
                url = handler(error, endpoint, values)
            except BuildError as next_error:
                error = next_error
            else:
                if url is not None:
                    return url
        if error is sys.exc_info()[1]:
            raise  # called while the error is being handled: keeps its traceback
        raise error


def _where(view: t.Any) -> str:
    """Name a view with its file and line, as far as it has them."""
    name = f"{getattr(view, '__module__', '?')}.{getattr(view, '__qualname__', repr(view))}"
    code = getattr(view, "__code__", None)
    return f"{name} ({code.co_filename}:{code.co_firstlineno})" if code else name


def _is_noted(rule: str, options: dict[str, t.Any]) -> bool:
    """Tell whether a rule may wait outside the URL map: nothing in its options has a meaning for Werkzeug alone."""
    return (
        isinstance(options["endpoint"], str)
        and not options.get("defaults")
        and not options.get("subdomain")
        and options.get("host") is None
        and options.keys() <= {"defaults", "endpoint", "host", "strict_slashes", "subdomain"}
    )


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
