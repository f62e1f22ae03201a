"""Views written as classes: one method for all of a route (`View`), or one for each HTTP method (`MethodView`)."""

from __future__ import annotations

import typing as t

from . import typing as ft  # noqa: TC001  # typing.get_type_hints() on a view needs the names
from .globals import current_app, request

F = t.TypeVar("F", bound=t.Callable[..., t.Any])

http_method_funcs = frozenset(["get", "post", "head", "options", "delete", "put", "trace", "patch"])


class View:
    """Derive from it, write `dispatch_request`, and register what `as_view` makes.

    Decorators go into the list ``decorators``: one put on the class itself would not reach the view.
    """

    methods: t.ClassVar[t.Collection[str] | None] = None
    """The HTTP methods of its routes; None for the default of ``route``: GET, HEAD and OPTIONS."""

    provide_automatic_options: t.ClassVar[bool | None] = None
    """Whether OPTIONS is answered without the view; None for the default of ``route``."""

    decorators: t.ClassVar[list[t.Callable[..., t.Any]]] = []
    """Put on the view in this order: the first is the innermost, as the bottom one of a stack of ``@`` lines."""

    init_every_request: t.ClassVar[bool] = True
    """Whether each request gets an instance of its own. False is faster, and ``self`` is then shared by all requests."""

    def dispatch_request(self) -> ft.ResponseReturnValue:
        """Answer the request; URL variables come as keyword arguments.

        Raises:
            NotImplementedError: The class has not overridden it.
        """
        raise NotImplementedError()

    @classmethod
    def as_view(cls, name: str, *class_args: t.Any, **class_kwargs: t.Any) -> ft.RouteCallable:
        """Make the view function, called ``name``; further arguments go to the class whenever it is instantiated.

        The function carries the class as ``view_class``. Where each request gets its own instance, that
        attribute is what is instantiated, so it may be replaced.
        """
        view: t.Any
        if cls.init_every_request:

            def view(**url_variables: t.Any) -> ft.ResponseReturnValue:
                # NOTE: `view` is by now what the decorators made of it, and that carries the class.
                return _dispatch(view.view_class(*class_args, **class_kwargs), url_variables)

        else:
            shared = cls(*class_args, **class_kwargs)

            def view(**url_variables: t.Any) -> ft.ResponseReturnValue:
                return _dispatch(shared, url_variables)

        if cls.decorators:
            # NOTE: decorators may read the name, so it is set before them, and again on their result.
            view.__name__ = name
            view.__module__ = cls.__module__
            for decorator in cls.decorators:
                view = decorator(view)

        view.view_class = cls
        view.__name__ = name
        view.__doc__ = cls.__doc__
        view.__module__ = cls.__module__
        view.methods = cls.methods
        view.provide_automatic_options = cls.provide_automatic_options
        return t.cast("ft.RouteCallable", view)


def _dispatch(instance: View, url_variables: dict[str, t.Any]) -> ft.ResponseReturnValue:
    answer = current_app.ensure_sync(instance.dispatch_request)(**url_variables)
    return t.cast("ft.ResponseReturnValue", answer)


class MethodView(View):
    """Derive from it and write a method for each HTTP method: ``get``, ``post`` and so on.

    ``methods`` follows from those, together with the bases' ``methods``, unless the class sets it. HEAD is
    answered by ``get`` where there is no ``head``.
    """

    def __init_subclass__(cls, **kwargs: t.Any) -> None:
        super().__init_subclass__(**kwargs)
        if "methods" in cls.__dict__:
            return
        # NOTE: the bases first, as in Flask: the order in which a set is filled can show in that of `Allow`.
        methods: set[str] = set()
        for parent in cls.__bases__:
            methods.update(getattr(parent, "methods", None) or ())
        methods.update(name.upper() for name in http_method_funcs if hasattr(cls, name))
        if methods:
            cls.methods = methods

    def dispatch_request(self, **kwargs: t.Any) -> ft.ResponseReturnValue:
        """Answer the request with the method named like its HTTP method.

        Raises:
            AssertionError: There is none, because the route was given methods that the class lacks.
        """
        handler = getattr(self, request.method.lower(), None)
        if handler is None and request.method == "HEAD":
            handler = getattr(self, "get", None)
        if handler is None:
            raise AssertionError(f"Unimplemented method {request.method!r}")
        return t.cast("ft.ResponseReturnValue", current_app.ensure_sync(handler)(**kwargs))
