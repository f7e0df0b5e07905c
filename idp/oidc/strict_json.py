"""JSON from strangers: bounded in size, depth and numbers, no key twice, no text that a database could refuse."""

import json
from typing import Any

from idp.oidc.parameters import is_readable

_DEEPEST = 8
_LONGEST = 1024
_GREATEST = 2**53
"""Beyond it numbers change between implementations (RFC 8259 §6)."""


class MalformedError(ValueError):
    """Not JSON that we take."""


def parse(text: str) -> Any:
    """Return the value of a JSON text; raise MalformedError for anything odd."""
    try:
        value = json.loads(text, object_pairs_hook=_once_each, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedError from error
    _check(value, _DEEPEST)
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        # Two readers could each believe another one of the two (RFC 8259 §4).
        raise MalformedError
    return members


def _refuse(_constant: str) -> Any:
    raise MalformedError


def _check(value: Any, depth: int) -> None:
    """Refuse what is too deep, too long, too great or not one line of text."""
    match value:
        case dict() | list() if depth == 0:
            raise MalformedError
        case dict():
            for name, member in value.items():
                _check(name, depth)
                _check(member, depth - 1)
        case list():
            for member in value:
                _check(member, depth - 1)
        case str() if not is_readable(value, _LONGEST):
            raise MalformedError
        case float() | int() if abs(value) > _GREATEST:
            raise MalformedError
