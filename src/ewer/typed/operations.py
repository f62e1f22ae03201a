"""Writes one operation of the OpenAPI document: its parameters, its body, its answers and what it needs to be safe."""

from __future__ import annotations

import typing as t

from .bodies import KeyedBody, RawBody
from .kinds import forbids_unknown, kind_of
from .markers import MISSING
from .schemas import Schema, SchemaBook, default_schema
from .shape_reader import ShapeReader
from .shapes import Model, Shape, Union

if t.TYPE_CHECKING:
    from .binding import Binding
    from .graph import SecurityNeed
    from .openapi import RouteDoc
    from .parameters import Parameter
    from .problems import Problems
    from .responses import Answer
    from .rules import RuleVariable

#: Headers that OpenAPI describes in other ways. Source: OpenAPI 3.1.0, Parameter Object.
_NOT_PARAMETERS = frozenset(("accept", "content-type", "authorization"))

_REFUSALS = {
    400: "The request is malformed.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    422: "The request does not fit.",
}


class OperationWriter:
    """Writes operations into one document; collects schemas and security schemes on the way."""

    def __init__(self, book: SchemaBook, problems: Problems, ids: dict[tuple[str, str, str], str]) -> None:
        self.book = book
        self.problems = problems
        self.ids = ids
        self.security_schemes: dict[str, t.Any] = {}

    def write(self, route: RouteDoc, method: str, path: str, variables: tuple[RuleVariable, ...]) -> Schema:
        """One operation object."""
        from .openapi import summary_of

        binding = route.binding
        summary, description = summary_of(route.docstring)
        operation: Schema = {"operationId": self.ids.get((route.rule, method, route.endpoint), route.endpoint)}
        operation["summary"] = route.summary or summary or _words_of(route.endpoint)
        if route.description or description:
            operation["description"] = route.description or description
        if route.tags:
            operation["tags"] = list(route.tags)
        if route.deprecated:
            operation["deprecated"] = True
        parameters = self._parameters(binding, variables)
        if parameters:
            operation["parameters"] = parameters
        body = None if binding is None or method in ("GET", "HEAD") else self._body(binding)
        if body is not None:
            operation["requestBody"] = body
        operation["responses"] = self._responses(route, bool(variables))
        security = self._security(binding)
        if security:
            operation["security"] = security
        return {**operation, **route.extra}

    def _parameters(self, binding: Binding | None, variables: tuple[RuleVariable, ...]) -> list[Schema]:
        found: dict[tuple[str, str], Schema] = {}
        for variable in variables:
            found["path", variable.name] = {
                "name": variable.name,
                "in": "path",
                "required": True,
                "schema": variable.schema,
            }
        for parameter in binding.parameters if binding is not None else ():
            if parameter.place not in ("path", "query", "header", "cookie"):
                continue
            if not parameter.marker.include_in_schema:
                continue
            for made in self._parameter_objects(parameter):
                key = (made["in"], made["name"])
                if made["name"] in _NOT_PARAMETERS and made["in"] == "header":
                    continue
                if made["in"] == "path" and (key not in found or parameter.annotation is t.Any):
                    continue
                if key in found and made["in"] != "path":
                    found[key]["required"] = found[key].get("required", False) or made.get("required", False)
                    continue
                found[key] = made
        return list(found.values())

    def _parameter_objects(self, parameter: Parameter) -> t.Iterator[Schema]:
        if not parameter.fields:
            schema = {**self.book.of(parameter.shape, "input"), **default_schema(parameter.default)}
            schema = _with_one_at_least(schema) if parameter.required and parameter.many else schema
            if parameter.marker.title:
                schema["title"] = parameter.marker.title
            yield self._described(parameter, parameter.alias, schema, required=parameter.required)
            return
        for alias, schema, required in self._field_schemas(parameter):
            yield self._described(parameter, alias, schema, required=required and parameter.required, whole=False)

    def _described(
        self, parameter: Parameter, alias: str, schema: Schema, *, required: bool, whole: bool = True
    ) -> Schema:
        made: Schema = {"name": alias, "in": parameter.place, "schema": schema}
        if required or parameter.place == "path":
            made["required"] = True
        marker = parameter.marker
        text = (marker.description if whole else None) or schema.pop("description", None)
        if text:
            made["description"] = text
        if whole and marker.deprecated:
            made["deprecated"] = True
        if whole and marker.examples:
            schema["examples"] = marker.examples
        return made

    def _field_schemas(self, parameter: Parameter) -> t.Iterator[tuple[str, Schema, bool]]:
        """The fields of a model over texts, each with its own schema."""
        by_name: dict[str, tuple[Schema, bool]] = {}
        model = _model_in(parameter.shape)
        if model is not None:
            for field, inner in model.fields:
                by_name[field.wire_name] = (
                    {**self.book.of(inner, "input"), **default_schema(field.default)},
                    field.required,
                )
        else:
            whole = self._resolved(self.book.of(parameter.shape, "input"))
            required = whole.get("required", ())
            by_name = {name: (dict(made), name in required) for name, made in whole.get("properties", {}).items()}
        for alias, inner_name, many, _ in parameter.fields:
            schema, needed = by_name.get(inner_name, ({}, False))
            yield alias, _with_one_at_least(schema) if needed and many else schema, needed

    def _resolved(self, schema: Schema) -> Schema:
        if "anyOf" in schema:
            schema = next((part for part in schema["anyOf"] if "$ref" in part), schema)
        reference = schema.get("$ref", "")
        return self.book.components.get(reference.rpartition("/")[2], schema) if reference else schema

    def _body(self, binding: Binding) -> Schema | None:
        fields = [p for p in binding.parameters if p.place in ("form", "file")]
        if fields:
            return self._form(fields)
        body = binding.body
        if body is None:
            return None
        if isinstance(body, RawBody):
            media_type = "application/octet-stream" if body.media_type == "*/*" else body.media_type
            schema: Schema = {} if body.media_type == "*/*" else {"type": "string"}
            return {"content": {media_type: {"schema": schema}}, "required": body.required}
        keyed = isinstance(body, KeyedBody)
        schema = self._object(body.parameters) if keyed else self.book.of(body.parameters[0].shape, "input")
        content: Schema = {"schema": schema}
        marker = body.parameters[0].marker
        if marker.examples and len(body.parameters) == 1:
            content["examples"] = {f"example{i}": {"value": value} for i, value in enumerate(marker.examples, 1)}
        made: Schema = {"content": {body.media_type: content}, "required": body.required}
        return {**made, "description": marker.description} if marker.description else made

    def _object(self, parameters: t.Sequence[Parameter]) -> Schema:
        properties = {
            p.alias: {**self.book.of(p.shape, "input"), **default_schema(p.default), **_words(p)} for p in parameters
        }
        required = [p.alias for p in parameters if p.required]
        made: Schema = {"type": "object", "properties": properties}
        return {**made, "required": required} if required else made

    def _form(self, parameters: list[Parameter]) -> Schema:
        files = [p for p in parameters if p.place == "file" or "UploadFile" in str(p.annotation)]
        media_type = "multipart/form-data" if files else "application/x-www-form-urlencoded"
        properties: Schema = {}
        required: list[str] = []
        for parameter in parameters:
            if parameter.fields:
                found = list(self._field_schemas(parameter))
                properties.update({alias: schema for alias, schema, _ in found})
                required += [alias for alias, _, needed in found if needed and parameter.required]
                continue
            made = _as_file(parameter) if parameter.place == "file" else self.book.of(parameter.shape, "input")
            made = _with_one_at_least(made) if parameter.required and parameter.many else made
            properties[parameter.alias] = {**made, **default_schema(parameter.default), **_words(parameter)}
            if parameter.required:
                required.append(parameter.alias)
        schema: Schema = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        if any(p.closed and forbids_unknown(p.annotation) for p in parameters):
            schema["additionalProperties"] = False
        return {"content": {media_type: {"schema": schema}}, "required": bool(required)}

    def _responses(self, route: RouteDoc, has_variables: bool) -> Schema:
        from .openapi import phrase_for

        binding = route.binding
        answer = binding.answer if binding is not None else None
        made: Schema = {}
        only_empty = answer is not None and answer.shape is None and not answer.is_frame
        status = route.status or (204 if only_empty else 200)
        made[str(status)] = self._success(answer, route.response_description or phrase_for(status), status)
        if answer is None and route.content:
            made[str(status)]["content"] = dict(route.content)
        if answer is not None and answer.may_be_empty and not only_empty:
            made["204"] = {"description": phrase_for(204)}
        if has_variables:
            made.setdefault("404", {"description": phrase_for(404)})
        if binding is not None and binding.graph is not None and any(not n.optional for n in binding.graph.security):
            made["401"] = self._unauthorized(answer)
        for refused in _refusals_of(binding):
            made[str(self.problems_status(refused))] = self._problem(_REFUSALS[refused])
        for further, what in route.responses.items():
            made[str(further)] = self._further(further, what, made.get(str(further)))
        if answer is None and binding is None:
            made["default"] = {"description": "Any other answer of the view"}
        return dict(sorted(made.items()))

    def problems_status(self, status: int) -> int:
        """The status that is sent in place of one of ours."""
        from .errors import RequestInvalid

        return self.problems.status(RequestInvalid(status, ()))

    def _success(self, answer: Answer | None, description: str, status: int) -> Schema:
        made: Schema = {"description": description}
        if answer is None or status == 204:
            return made
        if answer.headers:
            made["headers"] = {
                (m.alias or "").title(): {"description": m.description or "", "schema": {"type": "string"}}
                for m in answer.headers
                if m.alias
            }
        if answer.is_frame:
            records = {"type": "array", "items": {"type": "object"}}
            made["content"] = {t: {"schema": records if t.endswith("json") else {}} for t in answer.content_types}
        elif answer.shape is not None:
            schema = self.book.of(answer.shape, "output")
            made["content"] = {answer.content_types[0]: {"schema": schema}}
        return made

    def _problem(self, description: str) -> Schema:
        reference = self.book.add(self.problems.schema_name, self.problems.schema())
        return {"description": description, "content": {self.problems.media_type: {"schema": reference}}}

    def _unauthorized(self, answer: Answer | None) -> Schema:
        made: Schema = {"description": "The credentials are missing, or not good."}
        if answer is None:  # what sends no JSON has an error page
            return made
        name, schema = self.problems.error_schema_name, self.problems.error_schema()
        if name == self.problems.schema_name and schema != self.problems.schema():
            name = "HTTPError"  # the shape of refusals was replaced, and not that of other errors
        reference = self.book.add(name, schema)
        return {**made, "content": {self.problems.media_type: {"schema": reference}}}

    def _further(self, status: int | str, what: t.Any, known: Schema | None) -> Schema:
        from .openapi import phrase_for

        if isinstance(what, str):
            return {**(known or {}), "description": what}
        if not isinstance(what, dict):
            what = {"model": what}
        made: Schema = {**(known or {}), **{name: value for name, value in what.items() if name != "model"}}
        made.setdefault("description", phrase_for(status))
        model = what.get("model", MISSING)
        if model is not MISSING and model is not None:
            reader = ShapeReader(where=f"responses={{{status}: ...}}", what=f"Response {status}", output=True)
            content = made.setdefault("content", {}).setdefault("application/json", {})
            content["schema"] = self.book.of(reader.of(model), "output")
        return made

    def _security(self, binding: Binding | None) -> list[dict[str, list[str]]]:
        if binding is None or binding.graph is None or not binding.graph.security:
            return []
        required: dict[str, list[str]] = {}
        optional: dict[str, list[str]] = {}
        for need in binding.graph.security:
            scopes = (optional if need.optional else required).setdefault(self._scheme_named(need), [])
            scopes += [scope for scope in need.scopes if scope not in scopes]
        one_of = [{**required, name: scopes} for name, scopes in optional.items() if name not in required]
        return [*one_of, required]

    def _scheme_named(self, need: SecurityNeed) -> str:
        """The name of a scheme; another scheme of the same name gets a number."""
        name, number = need.name, 2
        while self.security_schemes.setdefault(name, dict(need.scheme)) != need.scheme:
            name, number = f"{need.name}{number}", number + 1
        return name


def _words_of(endpoint: str) -> str:
    """The name of a view as a headline, where nobody wrote one."""
    words = endpoint.rpartition(".")[2].replace("_", " ").strip() or endpoint
    return words[:1].upper() + words[1:]


def _model_in(shape: Shape) -> Model | None:
    if isinstance(shape, Model):
        return shape
    if isinstance(shape, Union):
        return next((a for a in shape.alternatives if isinstance(a, Model)), None)
    return None


def _words(parameter: Parameter) -> Schema:
    marker = parameter.marker
    words = {"title": marker.title, "description": marker.description, "examples": marker.examples}
    made = {name: value for name, value in words.items() if value}
    return {**made, "deprecated": True} if marker.deprecated else made


def _as_file(parameter: Parameter) -> Schema:
    # NOTE: OpenAPI 3.1 says nothing of a part's bytes by an empty schema; tools still look for format: binary.
    one: Schema = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
    return {"type": "array", "items": one} if kind_of(parameter.annotation) in ("files", "scalars") else one


def _with_one_at_least(schema: Schema) -> Schema:
    """The schema of a list that must be sent: among texts an empty list looks like none, and that is refused."""
    return {"minItems": 1, **schema} if schema.get("type") == "array" else schema


def _refusals_of(binding: Binding | None) -> list[int]:
    if binding is None:
        return []
    if binding.body is not None or any(p.place in ("form", "file") for p in binding.parameters):
        return [400, 413, 415, 422]
    if any(p.place == "query" for p in binding.parameters):
        return [400, 422]
    return [422] if any(not _takes_anything(p) for p in binding.parameters) else []


def _takes_anything(parameter: Parameter) -> bool:
    """Whether no text is refused: so it is with the credentials that a security scheme looks for itself."""
    hidden = not parameter.marker.include_in_schema
    return hidden and not parameter.required and parameter.annotation in (str, t.Optional[str])
