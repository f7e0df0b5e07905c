"""The OpenAPI 3.1 document, made of the operations and of the very types that check what comes in."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from idp.web.api.operation import JSON, Operation

_REF = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What a document says of the API as a whole."""

    title: str
    about: str
    root: str
    problem: Any
    """The type of a refusal."""
    problem_media: str = JSON
    security: Mapping[str, Any] = field(default_factory=dict)
    """Security schemes by name (OpenAPI 3.1 §4.8.27)."""
    refusals: Callable[[Any], Mapping[str, str]]
    """Which refusals an operation may be answered with, by status."""
    further: Callable[[Any], Mapping[str, Any]] = lambda _operation: {}
    """Members of an operation beside those that follow from its data; `parameters` are added to the others."""


def documented(operations: Sequence[Operation], api: Api, *, issuer: str) -> Callable[[], bytes]:
    """Return what gives the document as JSON: made when it is first asked for, as few processes ever are."""

    @cache
    def document() -> bytes:
        return msgspec.json.encode(_described(operations, api, issuer=issuer))

    return document


def _described(operations: Sequence[Operation], api: Api, *, issuer: str) -> Mapping[str, Any]:
    types = (kind for each in operations for kind in (each.takes, each.gives, each.asks) if kind is not None)
    of, components = _schemas((*types, api.problem))
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.verb.lower()] = _operation(each, of, api, components)
    described: dict[str, Any] = {"schemas": components}
    if api.security:
        described["securitySchemes"] = api.security
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": "1", "description": api.about},
        "servers": [{"url": f"{issuer}{api.root}"}],
        "paths": paths,
        "components": described,
    }


@cache
def _schemas(types: tuple[Any, ...]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the schema of each type by its name, and what they refer to; both follow from the types alone."""
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    return dict(zip(map(repr, types), schemas, strict=True)), components


def _operation(each: Operation, of: Mapping[str, Any], api: Api, components: Mapping[str, Any]) -> dict[str, Any]:
    further = dict(api.further(each))
    refused = {api.problem_media: {"schema": of[repr(api.problem)]}}
    answers: dict[str, Any] = {
        code: {"description": text, "content": refused} for code, text in api.refusals(each).items()
    }
    status = str(further.pop("status", "200" if each.gives is not None else "204"))
    answers[status] = {"description": "done", **further.pop("answer", {})}
    if each.gives is not None:
        answers[status].setdefault("content", {each.media: {"schema": of[repr(each.gives)]}})
    described: dict[str, Any] = {"operationId": each.name, "summary": each.summary, "responses": answers}
    parameters = [*_parts(each), *_query(each, of, components), *further.pop("parameters", ())]
    if parameters:
        described["parameters"] = parameters
    if each.takes is not None:
        described["requestBody"] = {"required": True, "content": {JSON: {"schema": of[repr(each.takes)]}}}
    return described | further


def _parts(each: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)\}", each.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query(each: Operation, of: Mapping[str, Any], components: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters of the query: the members of its type, none of them required."""
    if each.asks is None:
        return []
    members = components[of[repr(each.asks)]["$ref"].rpartition("/")[2]]["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": shape} for name, shape in members.items()]
