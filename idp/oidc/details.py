"""`authorization_details` with a named action (RFC 9396 §2).

The `type` is the name of an action in the policy bundle. Its members that are single values become facts that rules may
read (`request.amount`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.core.errors import RedirectError
from idp.oidc import strict_json

Scalar = str | int | float | bool
_MOST = 16


@dataclass(frozen=True, slots=True)
class Details:
    """The actions named, and what rules may read about them."""

    actions: tuple[str, ...] = ()
    members: Mapping[str, Scalar] = field(default_factory=dict)


def parse(text: str | None, known: Collection[str]) -> Details:
    """Read the parameter; raise RedirectError where it is malformed or names an unknown action (RFC 9396 §5)."""
    if text is None:
        return Details()
    entries = _entries(text)
    members: dict[str, Scalar] = {}
    for entry in entries:
        if entry.get("type") not in known:
            raise _refused("The type of an authorization detail is not known.")
        for name, value in entry.items():
            if name != "type" and isinstance(value, str | int | float):
                _add(members, name, value)
    return Details(tuple(dict.fromkeys(entry["type"] for entry in entries)), members)


def _entries(text: str) -> list[dict[str, Any]]:
    try:
        entries = strict_json.parse(text)
    except strict_json.MalformedError as error:
        raise _refused("The authorization details are malformed.") from error
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST:
        raise _refused("The authorization details are malformed.")
    if not all(isinstance(entry, dict) and isinstance(entry.get("type"), str) for entry in entries):
        raise _refused("The authorization details are malformed.")
    return entries


def _add(members: dict[str, Scalar], name: str, value: Scalar) -> None:
    # Two entries may not tell rules two stories: a small amount would hide a great one.
    if name in members and members[name] != value:
        raise _refused("Two authorization details contradict each other.")
    members[name] = value


def _refused(description: str) -> RedirectError:
    return RedirectError("invalid_authorization_details", description)
