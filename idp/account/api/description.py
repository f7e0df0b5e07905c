"""The OpenAPI 3.1 document, made of the operations and of the very types that check what comes in."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from idp.account.api.model import Problem
from idp.account.api.operations import Operation

_REF = "#/components/schemas/{name}"
_REFUSALS = {
    "400": "what was sent is malformed",
    "401": "nobody is signed in",
    "403": "a proof is missing, or the request did not come from a page of this origin",
    "404": "there is no such thing of this person's",
    "409": "a rule needs it",
    "422": "it may not be, and why",
}


def describe(operations: Iterable[Operation], *, issuer: str, root: str) -> Mapping[str, Any]:
    """Return the document."""
    known = tuple(operations)
    types = [kind for each in known for kind in (each.takes, each.gives) if kind is not None]
    schemas, components = msgspec.json.schema_components([*types, Problem], ref_template=_REF)
    of = dict(zip(map(repr, [*types, Problem]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in known:
        paths.setdefault(each.path, {})[each.verb.lower()] = _operation(each, of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Account", "version": "1", "description": _ABOUT},
        "servers": [{"url": f"{issuer}{root}"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(each: Operation, of: Mapping[str, Any]) -> dict[str, Any]:
    refused = {"application/json": {"schema": of[repr(Problem)]}}
    answers: dict[str, Any] = {code: {"description": text, "content": refused} for code, text in _REFUSALS.items()}
    if each.gives is None:
        answers["204"] = {"description": "done"}
    else:
        answers["200"] = {"description": "done", "content": {"application/json": {"schema": of[repr(each.gives)]}}}
    described: dict[str, Any] = {"operationId": each.name, "summary": each.summary, "responses": answers}
    if each.action:
        described["description"] = f"Needs what the policy asks for `{each.action}`."
    names = re.findall(r"\{(\w+)\}", each.path)
    if names:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ]
    if each.takes is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": of[repr(each.takes)]}},
        }
    return described


_ABOUT = (
    "For pages of the same origin, in the session of whoever is signed in. Whatever changes something must be sent as "
    "application/json by a page of ours, which browsers say in Origin or Sec-Fetch-Site."
)
