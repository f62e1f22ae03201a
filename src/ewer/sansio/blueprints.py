"""Blueprints: registration that is recorded first and played to an application whenever the blueprint is registered."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from functools import update_wrapper

from .. import typing as ft
from .._borrowed import borrowing
from .scaffold import Scaffold, _endpoint_from_view_func, _sentinel, setupmethod

if t.TYPE_CHECKING:
    import os

    from .app import App

DeferredSetupFunction = t.Callable[["BlueprintSetupState"], None]
T_after_request = t.TypeVar("T_after_request", bound=ft.AfterRequestCallable[t.Any])
T_before_request = t.TypeVar("T_before_request", bound=ft.BeforeRequestCallable)
T_error_handler = t.TypeVar("T_error_handler", bound=ft.ErrorHandlerCallable)
T_teardown = t.TypeVar("T_teardown", bound=ft.TeardownCallable)
T_template_context_processor = t.TypeVar("T_template_context_processor", bound=ft.TemplateContextProcessorCallable)
T_template_filter = t.TypeVar("T_template_filter", bound=ft.TemplateFilterCallable)
T_template_global = t.TypeVar("T_template_global", bound=ft.TemplateGlobalCallable)
T_template_test = t.TypeVar("T_template_test", bound=ft.TemplateTestCallable)
T_url_defaults = t.TypeVar("T_url_defaults", bound=ft.URLDefaultCallable)
T_url_value_preprocessor = t.TypeVar("T_url_value_preprocessor", bound=ft.URLValuePreprocessorCallable)


class BlueprintSetupState:
    """One registration of a blueprint with an application: what `Blueprint.record()` functions are given."""

    def __init__(self, blueprint: Blueprint, app: App, options: t.Any, first_registration: bool) -> None:
        self.app = app
        self.blueprint = blueprint
        self.options = options
        self.first_registration = first_registration
        """Whether the blueprint itself was never registered before, under any name."""

        def option_or_own(name: str) -> t.Any:
            given = options.get(name)
            return getattr(blueprint, name) if given is None else given

        self.subdomain: str | None = option_or_own("subdomain")
        self.url_prefix: str | None = option_or_own("url_prefix")
        self.name: str = options.get("name", blueprint.name)
        self.name_prefix: str = options.get("name_prefix", "")
        self.url_defaults = {**blueprint.url_values_defaults, **dict(options.get("url_defaults", ()))}

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: t.Callable[..., t.Any] | None = None,
        **options: t.Any,
    ) -> None:
        """Register a rule with the application, with this registration's prefix, subdomain, defaults and name."""
        if self.url_prefix is not None:
            rule = "/".join((self.url_prefix.rstrip("/"), rule.lstrip("/"))) if rule else self.url_prefix
        options.setdefault("subdomain", self.subdomain)
        if endpoint is None:
            endpoint = _endpoint_from_view_func(view_func)
        defaults = self.url_defaults
        if "defaults" in options:
            defaults = {**defaults, **options.pop("defaults")}
        self.app.add_url_rule(
            rule,
            f"{self.name_prefix}.{self.name}.{endpoint}".lstrip("."),
            view_func,
            defaults=defaults,
            **options,
        )


class Blueprint(Scaffold):
    """A part of an application that is registered as a whole. The arguments are those of `ewer.Blueprint`."""

    _got_registered_once = False

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: str | os.PathLike[str] | None = None,
        static_url_path: str | None = None,
        template_folder: str | os.PathLike[str] | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, t.Any] | None = None,
        root_path: str | None = None,
        cli_group: str | None = _sentinel,
    ) -> None:
        super().__init__(
            import_name=import_name,
            static_folder=static_folder,
            static_url_path=static_url_path,
            template_folder=template_folder,
            root_path=root_path,
        )
        if not name:
            raise ValueError("'name' may not be empty.")
        if "." in name:
            raise ValueError("'name' may not contain a dot '.' character.")
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.deferred_functions: list[DeferredSetupFunction] = []
        self.url_values_defaults = {} if url_defaults is None else url_defaults
        self.cli_group = cli_group
        self._blueprints: list[tuple[Blueprint, dict[str, t.Any]]] = []

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_registered_once:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the blueprint '{self.name}'. It has already"
                " been registered at least once, any changes will not be applied consistently.\n"
                "Make sure all imports, decorators, functions, etc. needed to set up the blueprint are done before"
                " registering it."
            )

    @setupmethod
    def record(self, func: DeferredSetupFunction) -> None:
        """Call `func` with the setup state at each registration."""
        self.deferred_functions.append(func)

    @setupmethod
    def record_once(self, func: DeferredSetupFunction) -> None:
        """Call `func` with the setup state at the first registration only."""

        def at_first(state: BlueprintSetupState) -> None:
            if state.first_registration:
                func(state)

        self.record(update_wrapper(at_first, func))

    def make_setup_state(
        self, app: App, options: dict[str, t.Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Make the setup state of one registration; a subclass may return one of its own."""
        return BlueprintSetupState(self, app, options, first_registration)

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: t.Any) -> None:
        """Register `blueprint` below this one whenever this one is registered.

        Raises:
            ValueError: the blueprint is this one.
        """
        if blueprint is self:
            raise ValueError("Cannot register a blueprint on itself")
        self._blueprints.append((blueprint, options))

    def register(self, app: App, options: dict[str, t.Any]) -> None:
        """Play everything recorded to `app`, which calls this from `app.register_blueprint()`.

        Raises:
            ValueError: the name is taken in `app`.
        """
        self_name = options.get("name", self.name)
        name = f"{options.get('name_prefix', '')}.{self_name}".lstrip(".")
        if name in app.blueprints:
            whose = "this" if app.blueprints[name] is self else "a different"
            existing_at = f" '{name}'" if self_name != name else ""
            raise ValueError(
                f"The name '{self_name}' is already registered for {whose} blueprint{existing_at}."
                " Use 'name=' to provide a unique name."
            )
        is_first = all(known is not self for known in app.blueprints.values())
        app.blueprints[name] = self
        self._got_registered_once = True
        state = self.make_setup_state(app, options, is_first)
        if self.has_static_folder:
            state.add_url_rule(
                f"{self.static_url_path}/<path:filename>",
                view_func=self.send_static_file,  # type: ignore[attr-defined]  # ewer.Blueprint, which serves, has it
                endpoint="static",
            )
        # NOTE: the name is always new here, so the hooks are always merged under it.
        self._merge_blueprint_funcs(app, name)
        for deferred in self.deferred_functions:
            deferred(state)
        self._register_commands(app, name, options.get("cli_group", self.cli_group))
        for blueprint, own_options in self._blueprints:
            blueprint.register(app, self._nested_options(state, name, blueprint, own_options))

    def _register_commands(self, app: App, name: str, group: str | None) -> None:
        # PERF: a blueprint whose commands nobody asked for has none, and click stays unloaded (bench/startup.py).
        if "cli" not in self.__dict__ or not self.cli.commands:
            return
        if group is None:
            app.cli.commands.update(self.cli.commands)
            return
        self.cli.name = name if group is _sentinel else group
        app.cli.add_command(self.cli)

    @staticmethod
    def _nested_options(
        state: BlueprintSetupState, name: str, blueprint: Blueprint, own_options: dict[str, t.Any]
    ) -> dict[str, t.Any]:
        """Join a nested blueprint's subdomain and prefix with those of the registration it is part of."""
        options = {**own_options, "name_prefix": name}
        subdomain = own_options.get("subdomain")
        if subdomain is None:
            subdomain = blueprint.subdomain
        subdomains = [part for part in (subdomain, state.subdomain) if part is not None]
        if subdomains:
            options["subdomain"] = ".".join(subdomains)
        prefix = own_options.get("url_prefix")
        if prefix is None:
            prefix = blueprint.url_prefix
        if prefix is None:
            prefix = state.url_prefix
        elif state.url_prefix is not None:
            prefix = f"{state.url_prefix.rstrip('/')}/{prefix.lstrip('/')}"
        if prefix is not None:
            options["url_prefix"] = prefix
        return options

    def _merge_blueprint_funcs(self, app: App, name: str) -> None:
        """Copy the hooks, error handlers and views of this blueprint into the application's tables, under `name`."""

        def key_in_app(key: str | None) -> str:
            return name if key is None else f"{name}.{key}"

        for key, handlers in self.error_handler_spec.items():
            copied = {code: dict(by_class) for code, by_class in handlers.items()}
            app.error_handler_spec[key_in_app(key)] = defaultdict(dict, copied)
        for endpoint, view in self.view_functions.items():
            app.view_functions[endpoint] = view
        for table in (
            "before_request_funcs", "after_request_funcs", "teardown_request_funcs",
            "url_default_functions", "url_value_preprocessors", "template_context_processors",
        ):  # fmt: skip
            for key, functions in getattr(self, table).items():
                getattr(app, table)[key_in_app(key)].extend(functions)

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: t.Callable[..., t.Any] | None = None,
        provide_automatic_options: bool | None = None,
        **options: t.Any,
    ) -> None:
        """Record a rule. Like the application's method; the endpoint gets the blueprint's name in front.

        Raises:
            ValueError: the endpoint or the view's name contains a dot.
        """
        if endpoint and "." in endpoint:
            raise ValueError("'endpoint' may not contain a dot '.' character.")
        if view_func and "." in getattr(view_func, "__name__", ""):
            raise ValueError("'view_func' name may not contain a dot '.' character.")

        def add(state: BlueprintSetupState) -> None:
            state.add_url_rule(
                rule, endpoint, view_func, provide_automatic_options=provide_automatic_options, **options
            )

        self.record(add)

    @setupmethod
    def app_template_filter(self, name: str | None = None) -> t.Callable[[T_template_filter], T_template_filter]:
        """Register the decorated function as a template filter of the application."""

        def register(f: T_template_filter) -> T_template_filter:
            self.add_app_template_filter(f, name=name)
            return f

        return register

    @setupmethod
    def add_app_template_filter(self, f: ft.TemplateFilterCallable, name: str | None = None) -> None:
        """Register `f` as a template filter of the application."""
        self.record_once(lambda state: state.app.jinja_env.filters.__setitem__(name or f.__name__, f))

    @setupmethod
    def app_template_test(self, name: str | None = None) -> t.Callable[[T_template_test], T_template_test]:
        """Register the decorated function as a template test of the application."""

        def register(f: T_template_test) -> T_template_test:
            self.add_app_template_test(f, name=name)
            return f

        return register

    @setupmethod
    def add_app_template_test(self, f: ft.TemplateTestCallable, name: str | None = None) -> None:
        """Register `f` as a template test of the application."""
        self.record_once(lambda state: state.app.jinja_env.tests.__setitem__(name or f.__name__, f))

    @setupmethod
    def app_template_global(self, name: str | None = None) -> t.Callable[[T_template_global], T_template_global]:
        """Register the decorated function as a global of all templates of the application."""

        def register(f: T_template_global) -> T_template_global:
            self.add_app_template_global(f, name=name)
            return f

        return register

    @setupmethod
    def add_app_template_global(self, f: ft.TemplateGlobalCallable, name: str | None = None) -> None:
        """Register `f` as a global of all templates of the application."""
        self.record_once(lambda state: state.app.jinja_env.globals.__setitem__(name or f.__name__, f))

    def _record_for_app(self, table: str, f: t.Any) -> None:
        """Add `f` to the hooks that run for every request of the application."""
        self.record_once(lambda state: getattr(state.app, table).setdefault(None, []).append(f))

    @setupmethod
    def before_app_request(self, f: T_before_request) -> T_before_request:
        """Like `before_request()`, for every request of the application."""
        self._record_for_app("before_request_funcs", f)
        return f

    @setupmethod
    def after_app_request(self, f: T_after_request) -> T_after_request:
        """Like `after_request()`, for every request of the application."""
        self._record_for_app("after_request_funcs", f)
        return f

    @setupmethod
    def teardown_app_request(self, f: T_teardown) -> T_teardown:
        """Like `teardown_request()`, for every request of the application."""
        self._record_for_app("teardown_request_funcs", f)
        return f

    @setupmethod
    def app_context_processor(self, f: T_template_context_processor) -> T_template_context_processor:
        """Like `context_processor()`, for the templates of every view of the application."""
        self._record_for_app("template_context_processors", f)
        return f

    @setupmethod
    def app_errorhandler(self, code: type[Exception] | int) -> t.Callable[[T_error_handler], T_error_handler]:
        """Like `errorhandler()`, for every request of the application."""

        def register(f: T_error_handler) -> T_error_handler:
            def in_app(state: BlueprintSetupState) -> None:
                state.app.errorhandler(code)(f)

            self.record_once(in_app)
            return f

        return register

    @setupmethod
    def app_url_value_preprocessor(self, f: T_url_value_preprocessor) -> T_url_value_preprocessor:
        """Like `url_value_preprocessor()`, for every request of the application."""
        self._record_for_app("url_value_preprocessors", f)
        return f

    @setupmethod
    def app_url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Like `url_defaults()`, for every URL of the application."""
        self._record_for_app("url_default_functions", f)
        return f


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
