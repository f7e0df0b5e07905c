"""Client metadata (RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2): strict in, exact out.

What an application says of itself becomes a `Client`, or a ConfigError that names each wrong member. A member that is
not known here is refused: silently ignoring what somebody asked for is how a weaker client comes to be.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from idp.core.errors import ConfigError, Problem
from idp.records.clients import own_api, uris
from idp.records.clients.model import Client

_AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
_ALGORITHMS = ("RS256", "ES256")
_SCOPES = ("openid", "profile", "email", "phone", "address", "offline_access", "evidence")
_GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,200}", re.ASCII)
"""RFC 6749 §3.3, scope-token."""
_WITHOUT_PEOPLE: Mapping[str, Any] = {"response_types": (), "scope": ()}
"""The defaults of a client that nobody signs in to: the others speak of people."""
_FORMATS = ("jwt", "opaque")
_LONGEST_TEXT = 200
_AUDIENCE = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]{0,200}", re.ASCII)
"""A URI without a fragment (RFC 8707 §2), or the `client_id` of an API that introspects."""
_SHOWN = ("secrets", "created_at", "disabled_at", "version")
"""Members of `Client` that are ours alone."""


def parse(document: Any, *, client_id: str, now: datetime) -> Client:
    """Return the client that this JSON document describes; raise ConfigError with every mistake."""
    return amend(Client(client_id=client_id, created_at=now), document, is_new=True)


def amend(client: Client, document: Any, *, is_new: bool = False) -> Client:
    """Return the client with the members of this document in place of its own."""
    if not isinstance(document, Mapping):
        raise ConfigError([Problem("must be a JSON object of client metadata (RFC 7591)")])
    problems = [_unknown(name) for name in document if name not in _READERS]
    found: dict[str, Any] = {}
    for name, value in document.items():
        try:
            found[name] = _READERS[name](value) if name in _READERS else None
        except ValueError as error:
            problems.append(Problem(str(error), key=name))
    if not problems:
        if is_new and not _has_people(found.get("grant_types", client.grant_types)):
            found = {**_WITHOUT_PEOPLE, **found}
        client = replace(client, **found)
        problems = _conflicts(client, is_new=is_new)
    if problems:
        raise ConfigError(problems)
    return client


def shown(client: Client) -> dict[str, Any]:
    """Return the client's metadata as RFC 7591 §3.2.1 shapes it, without its secrets."""
    members = {field.name: getattr(client, field.name) for field in fields(client) if field.name not in _SHOWN}
    members["scope"] = " ".join(client.scope)
    members["client_id_issued_at"] = int(client.created_at.timestamp())
    return {name: value for name, value in members.items() if value not in ("", (), None)}


def _conflicts(client: Client, *, is_new: bool) -> list[Problem]:
    """Report members that are right alone and wrong together."""
    problems = [*_scope_conflicts(client), *_grant_conflicts(client)]
    if not client.redirect_uris and is_new and _has_people(client.grant_types):
        problems.append(Problem("is needed: where people come back to", key="redirect_uris"))
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        for uri in getattr(client, name):
            why = uris.why_not(uri, is_native=client.application_type == "native")
            problems += [Problem(f"{uri!r} {why}", key=name)] if why else []
    if client.token_endpoint_auth_method == "none" and not client.require_pkce:
        # RFC 9700 §2.1.1: a public client has nothing else that binds a code to it.
        problems.append(Problem("cannot be switched off for a client without a secret", key="require_pkce"))
    return problems


def _has_people(grant_types: tuple[str, ...]) -> bool:
    """Tell whether people sign in at a client of these grant types."""
    return "authorization_code" in grant_types


def _scope_conflicts(client: Client) -> list[Problem]:
    """Scopes of an application's own are for tokens of its own; people sign in with `openid`."""
    own = [scope for scope in client.scope if scope not in _SCOPES and scope not in own_api.SCOPES]
    if own and "client_credentials" not in client.grant_types:
        text = f"may be {' '.join(_SCOPES)}; others, like {own[0]}, are for clients with client_credentials"
        return [Problem(text, key="scope")]
    if "openid" not in client.scope and _has_people(client.grant_types):
        return [Problem("must have openid among them", key="scope")]
    return []


def _grant_conflicts(client: Client) -> list[Problem]:
    """RFC 7591 §2.1: grant types and response types go together; RFC 6749 §4.4: a token of one's own takes a secret."""
    problems = []
    if ("code" in client.response_types) != _has_people(client.grant_types):
        problems.append(Problem("must be code with authorization_code, and empty without", key="response_types"))
    if "client_credentials" in client.grant_types and client.token_endpoint_auth_method == "none":
        problems.append(Problem("cannot have client_credentials without a secret", key="grant_types"))
    return problems


def _unknown(name: Any) -> Problem:
    near = difflib.get_close_matches(str(name), _READERS, n=1)
    hint = f"; {near[0]} was probably meant" if near else ""
    return Problem(f"is no member that this provider knows{hint}", key=str(name))


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
        raise ValueError(f"must be a text of at most {_LONGEST_TEXT} printable characters")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise ValueError("must be a list of texts")
    if len(set(value)) != len(value):
        raise ValueError("names something twice")
    return tuple(value)


def _words(value: Any) -> tuple[str, ...]:
    words = _texts(value)
    if any(not word or not word.isprintable() or " " in word or len(word) > _LONGEST_TEXT for word in words):
        raise ValueError("must be a list of words without spaces")
    return words


def _grant_types(value: Any) -> tuple[str, ...]:
    types = _texts(value)
    if not types or not set(types) <= set(_GRANT_TYPES):
        raise ValueError(f"must be one or more of {', '.join(_GRANT_TYPES)}")
    if "refresh_token" in types and not _has_people(types):
        raise ValueError("may have refresh_token beside authorization_code only")
    return types


def _response_types(value: Any) -> tuple[str, ...]:
    types = _texts(value)
    if types not in ((), ("code",)):
        raise ValueError("may be code, or nothing")
    return types


def _audience(value: Any) -> str:
    text = _text(value)
    if _AUDIENCE.fullmatch(text) is None:
        raise ValueError("must be the URI of an API without a fragment, or its client_id")
    return text


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return str(value)

    return read


def _scope(value: Any) -> tuple[str, ...]:
    text = _text(value)
    scopes = tuple(text.split(" ")) if text else ()
    if not all(_SCOPE.fullmatch(scope) for scope in scopes) or len(set(scopes)) != len(scopes):
        raise ValueError("must be scopes separated by single spaces, each once (RFC 6749 §3.3)")
    return scopes


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _seconds(value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31):
        raise ValueError("must be a number of seconds, or null")
    return value


def _web_uri(value: Any) -> str:
    text = _text(value)
    why = uris.why_not(text, is_native=False) if text else ""
    if why:
        raise ValueError(f"{text!r} {why}")
    return text


def _told_at(value: Any) -> str:
    """Read where we post to: https, but on loopback, and no fragment (OIDC Back-Channel Logout 1.0 §2.2)."""
    if not isinstance(value, str):
        raise ValueError("must be a text")
    why = uris.why_not(value, is_native=False) if value else ""
    if why:
        raise ValueError(f"{value!r} {why}")
    return value


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "client_name": _text,
    "redirect_uris": _texts,
    "post_logout_redirect_uris": _texts,
    "backchannel_logout_uri": _told_at,
    "backchannel_logout_session_required": _switch,
    "grant_types": _grant_types,
    "response_types": _response_types,
    "token_endpoint_auth_method": _one_of(*_AUTH_METHODS),
    "scope": _scope,
    "application_type": _one_of("web", "native"),
    "id_token_signed_response_alg": _one_of(*_ALGORITHMS),
    "default_acr_values": _words,
    "default_max_age": _seconds,
    "require_auth_time": _switch,
    "require_pkce": _switch,
    "require_pushed_authorization_requests": _switch,
    "first_party": _switch,
    "tags": _words,
    "logo_uri": _web_uri,
    "policy_uri": _web_uri,
    "tos_uri": _web_uri,
    "client_uri": _web_uri,
    "access_token_format": _one_of(*_FORMATS),
    "audience": _audience,
    "access_token_signed_response_alg": _one_of("ES256", "RS256"),
}
MEMBERS = tuple(_READERS)
"""What an application may say of itself."""
