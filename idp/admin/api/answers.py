"""How the admin API answers: JSON, and problem details for whatever is refused (RFC 9457)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from idp.admin.api.calls import Mistake, Problem, RefusedError, mistakes, problem
from idp.admin.clients.service import StaleError
from idp.core.errors import BusyError, ConfigError, ForbiddenError, NotFoundError
from idp.storage.errors import ConflictError, UnstorableValueError
from idp.web.api.bearer import Challenge
from idp.web.api.operation import JSON

MEDIA = "application/problem+json"
_NAMED = re.compile(r"field `([^`]{1,100})`")
_TITLES = {400: "The request is malformed", 401: "An access token is needed", 403: "It is not allowed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer."""

    status: int
    body: bytes = field(default=b"", repr=False)
    media: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is no JSON."""

    body: bytes = field(repr=False)
    media: str


class MediaError(Exception):
    """The body is no JSON by its own account: 415."""


def told(problem: Problem, headers: tuple[tuple[str, str], ...] = ()) -> Told:
    """Return the answer of a refusal."""
    return Told(status=problem.status, body=msgspec.json.encode(problem), media=MEDIA, headers=headers)


def challenged(challenge: Challenge) -> Told:
    """Return the answer to a caller whose token is missing or lacks something."""
    found = Problem(
        type=f"urn:idp:problem:{challenge.error or 'unauthorized'}",
        title=_TITLES[challenge.status],
        status=challenge.status,
        detail=challenge.text,
        acr_values=" ".join(challenge.acr_values),
        max_age=challenge.max_age,
    )
    return told(found, (("WWW-Authenticate", challenge.header()),))


def told_of(error: Exception) -> Told:
    """Return the answer to what an operation raised; raises it again where it is a defect."""
    for kind, known in _PLAIN.items():
        if isinstance(error, kind):
            return told(problem(*known))
    match error:
        case RefusedError():
            return told(error.problem)
        case msgspec.MsgspecError() | UnstorableValueError():
            return told(problem(400, "malformed", _TITLES[400], errors=(_mistake(error),)))
        case ConfigError():
            return told(problem(422, "invalid", "What was sent may not be", errors=mistakes(error.problems)))
        case BusyError():
            busy = problem(503, "busy", "The service is busy")
            return told(busy, (("Retry-After", str(error.retry_after)),))
    raise error


_PLAIN: Mapping[type[Exception], tuple[int, str, str]] = {
    MediaError: (415, "media_type", "The body must be application/json"),
    NotFoundError: (404, "not_found", "There is no such thing"),
    ForbiddenError: (403, "forbidden", "This caller may not do it"),
    StaleError: (412, "stale", "It has changed since it was read"),
    ConflictError: (409, "conflict", "Something like it exists already"),
}


def _mistake(error: Exception) -> Mistake:
    """Return what is wrong; msgspec names the place and quotes no value."""
    if isinstance(error, UnstorableValueError):
        return Mistake(detail="a value holds characters that cannot be kept, or is too large")
    text, _, place = str(error).partition(" - at `$")
    named = _NAMED.search(text)
    member = f".{named[1]}" if named is not None else ""
    return Mistake(detail=text[:200], field=(place.rstrip("`") + member).lstrip(".")[:200])
