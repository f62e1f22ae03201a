"""Works out the ``Binding`` of a view, once: what it asks for, where that comes from, in which order it is made.

Reading signatures is ``signature``, deciding places is ``places``, running is ``binding`` and ``runner``; here they are
put together.
"""

from __future__ import annotations

import functools
import typing as t
from dataclasses import replace

from . import kinds
from .binding import Binding
from .bodies import Body, JsonBody, KeyedBody, RawBody
from .errors import SetupError, name_of, place_of
from .graph import Graph, SecurityNeed, Step, kind_of_call
from .markers import MISSING, Dependency, Life
from .parameters import Parameter
from .places import REQUEST, SCOPES, Rule, check_bodies, decide, make_parameter
from .responses import Answer, read_answer
from .signature import UNRESOLVED, Asked, Signature, read_signature

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from . import Mode

_LONGER: dict[Life, int] = {"function": 0, "request": 1, "app": 2}


class Request(t.NamedTuple):
    """What ``bind_view`` was asked for, kept so that the same view can be bound again with overrides."""

    view: Callable[..., t.Any]
    variables: Mapping[str, type | None]
    defaults: frozenset[str]
    methods: frozenset[str]
    mode: Mode
    dependencies: tuple[Dependency, ...]
    response: t.Any
    skip_first: bool
    check_variables: bool
    nearby: Mapping[str, t.Any]


def compile_binding(request: Request, overrides: Mapping[t.Any, t.Any] | None = None) -> Binding | None:
    """The binding of a view, or None when it asks for nothing and its answer is Flask's.

    Raises:
        SetupError: the view cannot be served as it is written.
    """
    compiler = _Compiler(request, overrides or {})
    return compiler.finish()


class _Compiler:
    """Gathers the parameters of a view and of all dependencies below it."""

    def __init__(self, request: Request, overrides: Mapping[t.Any, t.Any]) -> None:
        self.request = request
        self.overrides = overrides
        self.strict = request.mode == "ewer"
        self.rule = Rule(request.variables, request.defaults, request.methods)
        self.signature = read_signature(request.view, skip_first=request.skip_first, nearby=request.nearby)
        self.role = f"View {self.signature.name}()"
        self.parameters: list[Parameter] = []
        self.request_keys: list[str] = []
        self.steps: list[Step] = []
        self.security: list[SecurityNeed] = []
        self.constants: dict[str, t.Any] = {}
        self._made: dict[t.Any, Step] = {}
        self._path: list[Callable[..., t.Any]] = []
        self._scopes: tuple[str, ...] = ()

    def finish(self) -> Binding | None:
        for extra in self.request.dependencies:
            self._depend(extra, self._call_of(extra, None, self.role, self.signature.where))
        arguments = self._read(self.signature, self.role, prefix="", inner=False)
        if self.strict and self.request.check_variables:
            self._check_variables()
        answer = self._answer()
        if not arguments and not self.steps and answer is None:
            return None
        check_bodies(self.parameters, self.signature, self.rule, self.role)
        needs_graph = bool(self.steps or self.constants)
        graph = (
            Graph(tuple(self.steps), tuple(arguments), tuple(self.security), self.constants) if needs_graph else None
        )
        return Binding(
            name=self.signature.name,
            where=self.signature.where,
            parameters=tuple(self.parameters),
            body=_body_for([p for p in self.parameters if p.place == "body"]),
            request_keys=tuple(self.request_keys),
            graph=graph,
            answer=answer,
            overridden=_Overridden(self.request),
            without=functools.partial(_without, self.request),
        )

    def _answer(self) -> Answer | None:
        annotation = self.signature.returns if self.request.response is MISSING else self.request.response
        if annotation is UNRESOLVED:
            self._check_return()
            return None
        try:
            return read_answer(annotation, view=self.signature.name, where=self.signature.where)
        except SetupError:
            if self.strict:
                raise
            return None

    def _check_return(self) -> None:
        """A return annotation that only a type checker can find is let pass when it names Flask's own answers."""
        text = self.signature.returns_text
        if not self.strict or "Response" in text or "WSGI" in text or not text:
            return
        raise SetupError(
            f"{self.role} has the return annotation {text!r}, which cannot be found",
            where=self.signature.where,
            fix="define the name at module level, and import it outside `if TYPE_CHECKING:`",
        )

    def _check_variables(self) -> None:
        names = {asked.name for asked in self.signature.parameters}
        aliases = {p.alias for p in self.parameters if p.place == "path"}
        if self.signature.takes_any_keyword or self.signature.wrapped:
            return
        for variable in self.request.variables.keys() - self.request.defaults:
            if variable not in names and variable not in aliases:
                raise SetupError(
                    f"{self.role} has no parameter for the URL variable {variable!r}",
                    where=self.signature.where,
                    fix=f"add the parameter, or take <{variable}> out of the rule",
                )

    def _read(self, signature: Signature, role: str, *, prefix: str, inner: bool) -> list[tuple[str, str]]:
        arguments = []
        for asked in signature.parameters:
            place = decide(asked, signature, self.rule, strict=self.strict, inner=inner, role=role)
            if place is None:
                continue
            if asked.positional_only:
                raise SetupError(
                    f"{role} takes {asked.name!r} by position only, but values are given by name",
                    where=signature.where,
                    fix="move the `/` out of the signature",
                )
            key = self._supply(asked, place, signature, prefix=prefix, role=role)
            if key is not None:
                arguments.append((asked.name, key))
        return arguments

    def _supply(self, asked: Asked, place: t.Any, signature: Signature, *, prefix: str, role: str) -> str | None:
        key = prefix + asked.name
        if isinstance(place, Dependency):
            return self._depend(place, self._call_of(place, asked, role, signature.where)).key
        if place is REQUEST:
            self.request_keys.append(key)
        elif place is SCOPES:
            from .security import SecurityScopes

            self.constants[key] = SecurityScopes(list(self._scopes))
        else:
            implied = not self.strict and not prefix and asked.marker is None
            if implied and place in ("body", "file") and not self.rule.has_body:
                return None
            try:
                made = make_parameter(asked, place, signature, key=key, role=role, implied=implied)
            except SetupError:
                if implied:
                    return None
                raise
            self.parameters.append(made)
        return key

    def _call_of(self, dependency: Dependency, asked: Asked | None, role: str, where: str) -> Callable[..., t.Any]:
        call = dependency.call
        if call is None and asked is not None and asked.annotation not in (MISSING, UNRESOLVED):
            call = kinds.bare(asked.annotation)
        if call is None or not callable(call):
            name = f" of {asked.name!r}" if asked is not None else ""
            raise SetupError(
                f"{role}: the dependency{name} is {call!r}, which cannot be called",
                where=where,
                fix="give Depends() a function or class, not the result of calling it",
            )
        return t.cast("Callable[..., t.Any]", self.overrides.get(call, call))

    def _depend(self, dependency: Dependency, call: Callable[..., t.Any]) -> Step:
        """Adds a dependency and everything below it, or finds the one already made for this request."""
        outer, self._scopes = self._scopes, self._scopes + dependency.scopes
        known = (call, self._scopes, dependency.scope)
        if not (dependency.use_cache and known in self._made):
            step = self._make_step(dependency, call)
            self._made[known] = step
        self._scopes = outer
        return self._made[known]

    def _make_step(self, dependency: Dependency, call: Callable[..., t.Any]) -> Step:
        name, where = name_of(call), place_of(call)
        if getattr(call, "__qualname__", None) is None:
            name = type(call).__name__
        if call in self._path:
            circle = " -> ".join(name_of(c) for c in [*self._path[self._path.index(call) :], call])
            raise SetupError(
                f"Dependencies go in a circle: {circle}", where=where, fix="let one of them do without the other"
            )
        self._path.append(call)
        before = len(self.parameters) + len(self.request_keys)
        number = len(self._made) + len(self._path)
        signature = read_signature(call, nearby=self.request.nearby)
        made_before = len(self.steps)
        arguments = self._read(signature, f"Dependency {name}()", prefix=f"ewer{number}_", inner=True)
        self._path.pop()
        self._note_security(call)
        step = Step(
            key=f"ewer{number}_{len(self.steps)}",
            call=call,
            kind=kind_of_call(call),
            life=dependency.scope,
            arguments=tuple(arguments),
            name=name,
            where=where,
        )
        uses_request = len(self.parameters) + len(self.request_keys) > before
        self._check_life(step, self.steps[made_before:], uses_request=uses_request)
        self.steps.append(step)
        return step

    def _check_life(self, step: Step, below: list[Step], *, uses_request: bool) -> None:
        keys = {key for _, key in step.arguments}
        if step.life == "app" and uses_request:
            raise SetupError(
                f"Dependency {step.name}() lives as long as the app, but reads values from a request",
                where=step.where,
                fix='drop scope="app", or take the values from the application\'s configuration',
            )
        for other in self.steps:
            if other.key in keys and _LONGER[other.life] < _LONGER[step.life]:
                raise SetupError(
                    f"Dependency {step.name}() lives for the {step.life}, but uses {other.name}(), "
                    f"which lives for the {other.life} only",
                    where=step.where,
                    fix=f'give {other.name} scope="{step.life}", or {step.name} scope="{other.life}"',
                )

    def _note_security(self, call: t.Any) -> None:
        scheme = getattr(call, "security_scheme", None)
        if isinstance(scheme, dict):
            optional = not getattr(call, "auto_error", True)
            self.security.append(SecurityNeed(call.scheme_name, scheme, self._scopes, optional))


class _Overridden:
    """Bindings of one view with some dependencies replaced, compiled once for each set of overrides."""

    __slots__ = ("_known", "_request")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._known: dict[t.Any, Binding] = {}

    def __call__(self, overrides: Mapping[t.Any, t.Any]) -> Binding:
        key = tuple(overrides.items())
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 64:
                self._known.clear()
            made = compile_binding(self._request, overrides)
            if made is None:
                raise RuntimeError("a view lost its binding under dependency_overrides")
            found = self._known[key] = made
        return found


def _without(request: Request, names: frozenset[str]) -> Binding | None:
    """The binding of a view some of whose parameters somebody else supplies."""
    variables = {**request.variables, **dict.fromkeys(names)}
    return compile_binding(request._replace(variables=variables))


def _body_for(parameters: list[Parameter]) -> Body | None:
    if not parameters:
        return None
    media_type = next((p.marker.media_type for p in parameters if p.marker.media_type), None)
    if len(parameters) > 1 or parameters[0].marker.embed:
        return KeyedBody(tuple(parameters), media_type or "application/json")
    (parameter,) = parameters
    plain = kinds.bare(parameter.annotation)
    if plain is bytes:
        return RawBody(parameter, media_type or "*/*", as_text=False)
    if plain is str and media_type is not None and media_type.startswith("text/"):
        return RawBody(parameter, media_type, as_text=True)
    return JsonBody(parameter, media_type or "application/json")


def resolve_request(call: Callable[..., t.Any], overrides: Mapping[t.Any, t.Any]) -> Graph:
    """The graph of one dependency on its own, for scripts, jobs and tests, where there is no request.

    Raises:
        SetupError: something in it needs a value from a request and has no default.
    """

    def resolved(it: t.Any) -> None: ...

    resolved.__annotations__ = {"it": t.Annotated[t.Any, Dependency(call)]}
    binding = compile_binding(
        Request(resolved, {}, frozenset(), frozenset(("POST",)), "ewer", (), MISSING, False, False, {}), overrides
    )
    graph = binding.graph if binding is not None else None
    if binding is None or graph is None:
        raise RuntimeError("a dependency compiled to nothing")
    needed = [p for p in binding.parameters if p.required] or binding._request_keys
    if needed:
        first = needed[0]
        name = first.name if isinstance(first, Parameter) else "request"
        raise SetupError(
            f"{name_of(call)} cannot be resolved outside a request: it needs {name!r}",
            where=place_of(call),
            fix="give the parameter a default, or resolve inside a request",
        )
    constants = {p.key: p.make_default() for p in binding.parameters}
    return replace(graph, constants={**graph.constants, **constants})
