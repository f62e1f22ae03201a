"""Rendering with Jinja: the environment, the loader over the app's and the blueprints' folders, the functions.

The app makes the environment when a template is first needed. The context every template gets is put
together by the app's ``update_template_context``.
"""

from __future__ import annotations

import sys
import typing as t
from collections import ChainMap

from jinja2 import BaseLoader, Template, TemplateNotFound, TemplatesNotFound
from jinja2 import Environment as BaseEnvironment

from ._borrowed import borrowing
from ._template_context import _default_template_ctx_processor as _default_template_ctx_processor
from .globals import current_app, request
from .helpers import stream_with_context
from .signals import before_render_template, template_rendered

if t.TYPE_CHECKING:
    from jinja2.runtime import Context

    from .app import Flask
    from .sansio.app import App
    from .sansio.scaffold import Scaffold

_OF_DICTS = frozenset(dir(dict))
_Source = tuple[str, str | None, t.Callable[[], bool] | None]


class _Template(Template):
    """A template whose variables are put together by whole dicts instead of one by one."""

    def new_context(
        self, vars: dict[str, t.Any] | None = None, shared: bool = False, locals: t.Mapping[str, t.Any] | None = None
    ) -> Context:
        known = self.globals
        if shared or locals or type(known) is not ChainMap:
            return super().new_context(vars, shared, locals)
        # PERF: dict() of a ChainMap asks it for each of its names (bench workload "template").
        parent: dict[str, t.Any] = {}
        for mapping in reversed(known.maps):
            parent.update(mapping)
        if vars is not None:
            parent.update(vars)
        return self.environment.context_class(self.environment, parent, self.name, self.blocks, globals=known)


_Template.__name__ = _Template.__qualname__ = "Template"  # for its repr()


class Environment(BaseEnvironment):
    """A Jinja environment that knows its app; by default it loads from the app's and its blueprints' folders."""

    template_class = _Template

    def __init__(self, app: App, **options: t.Any) -> None:
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()
        super().__init__(**options)
        self.app = app

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        super().__init_subclass__(**kwargs)
        # SECURITY: beside a sandbox among the bases, it is the sandbox that decides (tests/test_templating.py).
        owner = next(base for base in cls.__mro__ if base is not Environment and "getattr" in vars(base))
        if owner is not BaseEnvironment:
            cls.getattr = owner.getattr  # type: ignore[attr-defined, method-assign]  # it was just found there

    def getattr(self, obj: t.Any, attribute: str) -> t.Any:
        """Return what a template means by `obj.attribute`: an attribute, else an item, else an undefined value."""
        # PERF: to ask a dict for an attribute that it lacks costs an error each time (bench workload "template").
        if type(obj) is dict and attribute not in _OF_DICTS:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def select_template(
        self,
        names: t.Iterable[str | Template],
        parent: str | None = None,
        globals: t.MutableMapping[str, t.Any] | None = None,
    ) -> Template:
        """Load the first of several templates that exists.

        Raises:
            jinja2.TemplatesNotFound: None of them does; a note tells where they were looked for.
        """
        try:
            return super().select_template(names, parent, globals)
        except TemplatesNotFound as error:
            if isinstance(self.loader, DispatchingJinjaLoader):
                self.loader.note_places(error)
            raise


class DispatchingJinjaLoader(BaseLoader):
    """Looks for a template with the app's loader first, then with each blueprint's, in order of registration."""

    def __init__(self, app: App) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> _Source:
        """Find a template's source, its file name if any, and a function telling whether it is still current.

        Raises:
            jinja2.TemplateNotFound: No loader has it; a note tells the places.
        """
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            return self._get_source_explained(environment, template)
        return self._get_source_fast(environment, template)

    def _get_source_fast(self, environment: BaseEnvironment, template: str) -> _Source:
        for _owner, loader in self._iter_loaders(template):
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                continue
        raise self._not_found(template)

    def _get_source_explained(self, environment: BaseEnvironment, template: str) -> _Source:
        from .debughelpers import explain_template_loading_attempts

        attempts: list[tuple[BaseLoader, Scaffold, _Source | None]] = []
        for owner, loader in self._iter_loaders(template):
            try:
                found: _Source | None = loader.get_source(environment, template)
            except TemplateNotFound:
                found = None
            attempts.append((loader, owner, found))
        explain_template_loading_attempts(self.app, template, attempts)

        for _loader, _owner, found in attempts:
            if found is not None:
                return found
        raise self._not_found(template)

    def _iter_loaders(self, template: str) -> t.Iterator[tuple[Scaffold, BaseLoader]]:
        for owner in (self.app, *self.app.iter_blueprints()):
            loader = owner.jinja_loader
            if loader is not None:
                yield owner, loader

    def list_templates(self) -> list[str]:
        """List the names of all templates that can be loaded, each once, in no order."""
        names: set[str] = set()
        for _owner, loader in self._iter_loaders(""):
            names.update(loader.list_templates())
        return list(names)

    def _not_found(self, template: str) -> TemplateNotFound:
        error = TemplateNotFound(template)
        self.note_places(error)
        return error

    def note_places(self, error: TemplateNotFound) -> None:
        """Add to an error where templates are looked for: as a note, or before Python 3.11 to its message."""
        places = "".join(f"\n  {place}" for place in self._places())
        note = (
            f"Searched:{places}" if places else "There is no template folder: neither the app nor a blueprint has one."
        )
        if sys.version_info >= (3, 11):
            error.add_note(note)
        else:
            error.message = f"{error.message}\n{note}"

    def _places(self) -> t.Iterator[str]:
        for owner, loader in self._iter_loaders(""):
            whose = "application" if owner is self.app else "blueprint"
            for folder in getattr(loader, "searchpath", None) or [type(loader).__name__]:
                yield f"{folder} ({whose} {owner.name!r})"


def _render(app: Flask, template: Template, context: dict[str, t.Any]) -> str:
    # NOTE: tracing agents and test tools put their own function in this one's place, and call it with three
    # positional arguments: it is looked up in the module at each call, under this signature.
    app.update_template_context(context)
    before_render_template.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)
    text = template.render(context)
    template_rendered.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)
    return text


def _stream(app: Flask, template: Template, context: dict[str, t.Any]) -> t.Iterator[str]:
    app.update_template_context(context)
    before_render_template.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)

    def generate() -> t.Iterator[str]:
        yield from template.generate(context)
        template_rendered.send(app, _async_wrapper=app.ensure_sync, template=template, context=context)

    if request:  # type: ignore[truthy-bool]  # a proxy, false outside a request
        return stream_with_context(generate())
    return generate()


def render_template(template_name_or_list: str | Template | list[str | Template], **context: t.Any) -> str:
    """Render a template, or the first of a list that exists, with the given variables.

    Raises:
        RuntimeError: No app context is active.
        jinja2.TemplateNotFound: There is no such template; a note tells the places searched.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own method
    return _render(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def render_template_string(source: str, **context: t.Any) -> str:
    """Render a template given as text, with the given variables.

    SECURITY: the text is a program; text from a client never goes here, only into the variables.

    Raises:
        RuntimeError: No app context is active.
        jinja2.TemplateSyntaxError: The text is not a template.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own method
    return _render(app, app.jinja_env.from_string(source), context)


def stream_template(template_name_or_list: str | Template | list[str | Template], **context: t.Any) -> t.Iterator[str]:
    """Render a template piece by piece, as an iterator that a view can return; otherwise as `render_template`.

    In a request the contexts are kept until the iterator ends.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own method
    return _stream(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def stream_template_string(source: str, **context: t.Any) -> t.Iterator[str]:
    """Render a template given as text piece by piece; otherwise as `render_template_string`."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own method
    return _stream(app, app.jinja_env.from_string(source), context)


__getattr__ = borrowing(__name__)  # the names that Flask's module has besides
