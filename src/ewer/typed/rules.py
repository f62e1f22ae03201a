"""Reads URL rules as OpenAPI paths: ``/items/<int:item_id>`` is ``/items/{item_id}`` with an integer."""

from __future__ import annotations

import re
import typing as t

_VARIABLE = re.compile(r"<(?:(?P<converter>[a-zA-Z_]\w*)(?:\((?P<arguments>[^)]*)\))?:)?(?P<name>[a-zA-Z_]\w*)>")
_ARGUMENT = re.compile(r"(?:(?P<key>\w+)\s*=\s*)?(?P<value>'[^']*'|\"[^\"]*\"|[^,]+)")


class RuleVariable(t.NamedTuple):
    """One variable of a rule and the schema that its converter stands for."""

    name: str
    schema: dict[str, t.Any]
    converter: str


def read_rule(rule: str) -> tuple[str, tuple[RuleVariable, ...]]:
    """The OpenAPI path of a Werkzeug rule and its variables in order."""
    variables = []

    def replace(match: re.Match[str]) -> str:
        converter = match["converter"] or "default"
        arguments = _arguments(match["arguments"] or "")
        variables.append(RuleVariable(match["name"], _schema(converter, arguments), converter))
        return "{" + match["name"] + "}"

    path = _VARIABLE.sub(replace, rule.replace("|", ""))
    return (path if path.startswith("/") else f"/{path}"), tuple(variables)


def _arguments(text: str) -> list[tuple[str | None, str]]:
    return [
        (found["key"], found["value"].strip().strip("'\""))
        for found in _ARGUMENT.finditer(text)
        if found["value"].strip()
    ]


def _schema(converter: str, arguments: list[tuple[str | None, str]]) -> dict[str, t.Any]:
    named = {key: value for key, value in arguments if key is not None}
    if converter in ("int", "float"):
        return _number(converter, named)
    if converter == "uuid":
        return {"type": "string", "format": "uuid"}
    if converter == "any":
        return {"type": "string", "enum": [value for _, value in arguments]}
    schema: dict[str, t.Any] = {"type": "string"}
    if converter in ("default", "string"):
        schema["minLength"] = int(named.get("minlength", named.get("length", 1)))
        if "maxlength" in named or "length" in named:
            schema["maxLength"] = int(named.get("maxlength", named.get("length", 1)))
    return schema


def _number(converter: str, named: dict[str, str]) -> dict[str, t.Any]:
    schema: dict[str, t.Any] = {"type": "integer" if converter == "int" else "number"}
    make = int if converter == "int" else float
    if "min" in named:
        schema["minimum"] = make(named["min"])
    elif named.get("signed") != "True":
        schema["minimum"] = 0
    if "max" in named:
        schema["maximum"] = make(named["max"])
    return schema
